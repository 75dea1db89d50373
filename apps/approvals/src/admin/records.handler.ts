import { Inject, Injectable } from '@nestjs/common';
import { DeadLettersService } from '../dead-letters/dead-letters.service';
import { JournalService } from '../journal/journal.service';
import { QuotaService } from '../quota/quota.service';
import { OPERATION_CALLS, type CallHandlers, type OperationCalls } from './ports';

type RecordsCall =
  | 'admin.quota.set'
  | 'admin.operation.cancel'
  | 'admin.operation.retry'
  | 'admin.operation.asked'
  | 'admin.vm.console'
  | 'quote'
  | 'approval.decide'
  | 'journal.read'
  | 'dead.list'
  | 'dead.replay';

/** Calls about what is going on and what was. */
@Injectable()
export class RecordsHandler {
  constructor(
    private readonly quotas: QuotaService,
    private readonly journal: JournalService,
    private readonly letters: DeadLettersService,
    @Inject(OPERATION_CALLS) private readonly operations: OperationCalls,
  ) {}

  readonly handlers: CallHandlers<RecordsCall> = {
    'admin.quota.set': (input, actor) => this.quotas.set(input, actor),
    'admin.operation.cancel': (input, actor) => this.operations.cancel(input, actor),
    'admin.operation.retry': (input, actor) => this.operations.retry(input, actor),
    'admin.operation.asked': (input, actor) => this.operations.asked(input, actor),
    'admin.vm.console': (input, actor) => this.operations.console(input, actor),
    quote: (input, actor) => this.operations.quote(input, actor),
    'approval.decide': (input, actor) => this.operations.decide(input, actor),
    'journal.read': (input, actor) => this.journal.read(input, actor),
    'dead.list': (input, actor) => this.letters.list(input, actor),
    'dead.replay': (input, actor) => this.letters.replay(input, actor),
  };
}

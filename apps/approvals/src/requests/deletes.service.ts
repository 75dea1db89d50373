import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/transaction.repository';
import type { OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { TariffRepository } from '../operations/tariff.repository';
import { askDelete } from './change.policy';
import { mayBeGoverned, putDelete, verdictOnDelete } from './delete.policy';

/** Takes in deletes: by rules they are let through, refused, or put before people first. */
@Injectable()
export class DeletesService {
  constructor(private readonly tariffs: TariffRepository) {}

  /** Begins a delete, asks about it, or says why it cannot be. */
  async ask(manager: Transaction, change: Change, order: OperationOrder): Promise<void> {
    const [tariff] = mayBeGoverned(change) ? await this.tariffs.tariffsOf(manager, [change]) : [];
    const verdict = tariff === undefined ? undefined : verdictOnDelete(change, order, tariff.book);
    if (verdict === undefined || verdict.kind === 'approve') askDelete(change, order);
    else putDelete(change, order, verdict);
  }
}

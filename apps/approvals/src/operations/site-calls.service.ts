import { Injectable } from '@nestjs/common';
import type { AdminActor, AdminOutput } from '@dcm/contracts';
import type { CallInput } from '../admin/ports';
import { QuotesService } from '../requests/quotes.service';
import { ConsoleService } from './console.service';

/** What a site answers at once, while the caller waits; no operation comes of it. */
@Injectable()
export class SiteCalls {
  constructor(
    private readonly consoles: ConsoleService,
    private readonly quotes: QuotesService,
  ) {}

  /** @throws as `ConsoleService.open`. */
  console(input: CallInput<'admin.vm.console'>, actor: AdminActor): Promise<AdminOutput<'admin.vm.console'>> {
    return this.consoles.open(input, actor);
  }

  /** @throws as `QuotesService.quote`. */
  quote(input: CallInput<'quote'>, actor: AdminActor): Promise<AdminOutput<'quote'>> {
    return this.quotes.quote(input, actor);
  }
}

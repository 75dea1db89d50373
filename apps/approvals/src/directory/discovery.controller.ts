import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { factMessages, parseOrThrow, queues } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { FactGuard } from './fact.guard';
import { PagesService } from './pages.service';

/** Pages of scans, on a queue of their own: they are many and must not delay the facts that somebody waits for. */
@Controller()
export class DiscoveryController {
  constructor(
    private readonly guard: FactGuard,
    private readonly pages: PagesService,
  ) {}

  @EventPattern('*.*.discovery', { queue: queues.discovery })
  async discovered(message: DcmMessage): Promise<void> {
    const chunk = parseOrThrow(factMessages['io.dcm.fact.discovery.v1'], message.data, 'discovery page');
    if (await this.guard.believes(message, chunk)) await this.pages.take(chunk);
  }
}

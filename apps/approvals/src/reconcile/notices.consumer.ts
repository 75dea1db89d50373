import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { factMessages, parseOrThrow, queues } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { FactGuard } from '../directory/fact.guard';
import { NoticesService } from './notices.service';

/** Changes that platforms tell of their own accord. */
@Controller()
export class NoticesConsumer {
  constructor(
    private readonly guard: FactGuard,
    private readonly notices: NoticesService,
  ) {}

  @EventPattern('*.*.noticed', { queue: queues.facts })
  async noticed(message: DcmMessage): Promise<void> {
    const fact = parseOrThrow(factMessages['io.dcm.fact.noticed.v1'], message.data, 'notice of changes');
    if (await this.guard.believes(message, fact)) await this.notices.hear(fact);
  }
}

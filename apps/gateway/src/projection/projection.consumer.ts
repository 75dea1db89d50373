import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { journalPageSchema, parseOrThrow, queues } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { ProjectionService } from './projection.service';

/** Takes what approvals writes into its journal into the read model. */
@Controller()
export class ProjectionConsumer {
  constructor(private readonly projection: ProjectionService) {}

  /** @throws DcmError INVALID_REQUEST for what is no page: it goes to the dead letters. */
  @EventPattern('#', { queue: queues.projection })
  async onPage(@Payload() message: DcmMessage): Promise<void> {
    const { rows } = parseOrThrow(journalPageSchema, message.data, 'the page', 'data');
    await Promise.all(rows.map((row) => this.projection.apply(row)));
  }
}

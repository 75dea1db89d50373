import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { changedSchema, journalPageSchema, journalPageType, parseOrThrow, queues, type Changed } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { ProjectionService } from './projection.service';

/** Takes what approvals writes into its journal into the read model. */
@Controller()
export class ProjectionConsumer {
  constructor(private readonly projection: ProjectionService) {}

  /** @throws DcmError INVALID_REQUEST for what is neither page nor event: it goes to the dead letters. */
  @EventPattern('#', { queue: queues.projection })
  async onPage(@Payload() message: DcmMessage): Promise<void> {
    await Promise.all(rowsOf(message).map((row) => this.projection.apply(row)));
  }
}

/** A process of an earlier version binds the queue to the single events again, whenever it declares what it knows. */
const rowsOf = ({ type, data }: DcmMessage): Changed[] =>
  type === journalPageType
    ? parseOrThrow(journalPageSchema, data, 'the page', 'data').rows
    : [parseOrThrow(changedSchema, data, 'the event', 'data')];

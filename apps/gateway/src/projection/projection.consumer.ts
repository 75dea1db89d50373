import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { changedSchema, parseOrThrow, queues } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { ProjectionService } from './projection.service';

/** Takes every event of approvals into the read model. */
@Controller()
export class ProjectionConsumer {
  constructor(private readonly projection: ProjectionService) {}

  /** @throws DcmError INVALID_REQUEST for what is no change: it goes to the dead letters. */
  @EventPattern('#', { queue: queues.projection })
  async onChanged(@Payload() message: DcmMessage): Promise<void> {
    await this.projection.apply(parseOrThrow(changedSchema, message.data, 'the event', 'data'));
  }
}

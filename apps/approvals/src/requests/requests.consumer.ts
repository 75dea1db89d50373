import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { queues } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import type { Incoming } from './order.policy';
import { readWish } from './request.policy';
import { RequestsService } from './requests.service';

/** Reads a request message. @throws DcmError INVALID_REQUEST for one of no known kind. */
export const incomingOf = (message: DcmMessage): Incoming => ({
  sender: {
    id: message.id,
    userId: message.userId,
    token: message.extensions['dcmrequester'],
    data: message.data,
  },
  wish: readWish(message),
  traceparent: message.traceparent ?? null,
});

/** The door for the gateway and for other systems: the same messages for both. What it throws becomes a dead letter with its reason. */
@Controller()
export class RequestsConsumer {
  constructor(private readonly requests: RequestsService) {}

  @EventPattern('#', { queue: queues.requests })
  async take(@Payload() message: DcmMessage): Promise<void> {
    await this.requests.accept(incomingOf(message));
  }
}

import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { claimSchema, parseOrThrow, queues, type ClaimVerdict } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { ControlService } from './control.service';

const source = { queue: queues.control };

/** The RPC that workers ask before their first mutating call, and again every third of the lease. */
@Controller()
export class ControlController {
  constructor(private readonly control: ControlService) {}

  @MessagePattern('*.*.claim', source)
  claim(@Payload() message: DcmMessage): Promise<ClaimVerdict> {
    return this.control.claim(parseOrThrow(claimSchema, message.data, 'claim'), message.userId);
  }

  @MessagePattern('*.*.renew', source)
  renew(@Payload() message: DcmMessage): Promise<ClaimVerdict> {
    return this.control.renew(parseOrThrow(claimSchema, message.data, 'renewal'), message.userId);
  }
}

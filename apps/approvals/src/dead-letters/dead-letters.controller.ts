import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { queues } from '@dcm/contracts';
import type { InboundMessage } from '@dcm/messaging';
import { DeadLettersService } from './dead-letters.service';

/** Empties the dead queue into the table, undecoded: what lies there could not be read in the first place. */
@Controller()
export class DeadLettersController {
  constructor(private readonly letters: DeadLettersService) {}

  @EventPattern('#', { queue: queues.dead, raw: true })
  file(message: InboundMessage): Promise<void> {
    return this.letters.file(message);
  }
}

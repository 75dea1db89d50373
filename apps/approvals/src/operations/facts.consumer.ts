import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { factMessages, parseOrThrow, queues, type Fact, type FactType } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { FactsService } from './facts.service';

const source = { queue: queues.facts };

const read = <T extends FactType>(type: T, message: DcmMessage): Fact<T> =>
  parseOrThrow(factMessages[type], message.data, `fact ${type}`) as Fact<T>;

/** What provisioners report of operations and VMs. */
@Controller()
export class FactsConsumer {
  constructor(private readonly facts: FactsService) {}

  @EventPattern('*.*.planned', source)
  planned(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.planned(read('io.dcm.fact.planned.v1', message), message.userId);
  }

  @EventPattern('*.*.progress', source)
  progress(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.progress(read('io.dcm.fact.progress.v1', message), message.userId);
  }

  @EventPattern('*.*.yielded', source)
  yielded(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.yielded(read('io.dcm.fact.yielded.v1', message), message.userId);
  }

  @EventPattern('*.*.succeeded', source)
  succeeded(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.succeeded(read('io.dcm.fact.succeeded.v1', message), message.userId);
  }

  @EventPattern('*.*.failed', source)
  failed(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.failed(read('io.dcm.fact.failed.v1', message), message.userId);
  }

  @EventPattern('*.*.observed', source)
  observed(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.observed(read('io.dcm.fact.observed.v1', message), message.userId);
  }

  @EventPattern('*.*.statuses', source)
  statuses(@Payload() message: DcmMessage): Promise<void> {
    return this.facts.statuses(read('io.dcm.fact.statuses.v1', message), message.userId);
  }
}

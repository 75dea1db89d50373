import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { exchanges, type ConsoleAnswer, type QuoteAnswer } from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { readQuestion } from './reads/read.commands';
import { ReadService } from './reads/read.service';
import { Sites } from './sites';
import { readWork } from './work/work.commands';
import { WorkService } from './work/work.service';

/** Where commands come in: `<platform>.<site>` changes, `<platform>.<site>.read` only looks. A message that is neither becomes a dead letter. */
@Controller()
export class ProvisionerController {
  constructor(
    private readonly sites: Sites,
    private readonly work: WorkService,
    private readonly reads: ReadService,
  ) {}

  @EventPattern('*.*', { exchange: exchanges.provisioning })
  async change(@Payload() { type, data, routingKey, traceparent }: DcmMessage): Promise<void> {
    const work = readWork(type, data);
    await this.work.handle({ site: this.sites.of(routingKey, work.command.site), work, traceparent });
  }

  @EventPattern('*.*.read', { exchange: exchanges.provisioning })
  async look(
    @Payload() { type, data, routingKey, traceparent }: DcmMessage,
  ): Promise<ConsoleAnswer | QuoteAnswer | undefined> {
    const question = readQuestion(type, data);
    return this.reads.handle(question, { site: this.sites.of(routingKey, question.command.site), traceparent });
  }
}

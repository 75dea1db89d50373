import { Injectable } from '@nestjs/common';
import {
  HypervisorError,
  type ConsoleAnswer,
  type ConsoleCommand,
  type PlanCommand,
  type QuoteAnswer,
  type QuoteCommand,
} from '@dcm/contracts';
import { failpoint } from '@dcm/runtime';
import { Facts } from '../facts';
import { onVm } from '../work/vm-lookup';
import { DiscoveryService } from './discovery.service';
import { LookService } from './look.service';
import { Reader } from './reader';
import type { Asked, Question } from './read.commands';

/** Answers commands that only look. */
@Injectable()
export class ReadService {
  constructor(
    private readonly facts: Facts,
    private readonly reader: Reader,
    private readonly looks: LookService,
    private readonly discovery: DiscoveryService,
  ) {}

  /**
   * Resolves when the answer was told.
   * @returns the answer of a call, which is told to its caller only; undefined for everything else.
   * @throws DcmError UNAVAILABLE when this process closes.
   */
  async handle(question: Question, asked: Asked): Promise<ConsoleAnswer | QuoteAnswer | undefined> {
    if (question.type === 'io.dcm.command.console.v1') return this.console(asked, question.command);
    if (question.type === 'io.dcm.command.quote.v1') return this.quote(asked, question.command);
    await this.answer(question, asked);
    failpoint('read.told');
    return undefined;
  }

  /** The address is a secret: it goes to whoever asked, and nowhere else. */
  private async console({ site }: Asked, { ownership, nativeIds }: ConsoleCommand): Promise<ConsoleAnswer> {
    const { console } = site.adapter;
    if (console === undefined) {
      const message = `Unable to open a console on site ${site.config.name}: its platform has none`;
      return { ok: false, error: new HypervisorError('UNSUPPORTED', message, { effect: 'NONE' }).toBody() };
    }
    const named = { ownership, nativeIds, instanceNumber: 0 };
    return this.reader.read(site, (ctx) => onVm(site.adapter, named, ctx, (ref) => console.openConsole(ref, ctx)));
  }

  /** As `plan`, for a VM that nobody has asked for: nobody but the caller is told. */
  private quote({ site }: Asked, { spec }: QuoteCommand): Promise<QuoteAnswer> {
    return this.reader.read(site, (ctx) => site.adapter.plan(spec, ctx));
  }

  private async answer(
    question: Exclude<Question, { type: 'io.dcm.command.console.v1' | 'io.dcm.command.quote.v1' }>,
    asked: Asked,
  ): Promise<void> {
    switch (question.type) {
      case 'io.dcm.command.plan.v1':
        return this.plan(asked, question.command);
      case 'io.dcm.command.status.v1':
        return this.looks.status(asked, question.command);
      case 'io.dcm.command.statuses.v1':
        return this.looks.statuses(asked, question.command);
      case 'io.dcm.command.inventory.v1':
        return this.discovery.inventory(asked, question.command);
      case 'io.dcm.command.discover.v1':
        return this.discovery.discover(asked, question.command);
    }
  }

  /** The guest's user data stays sealed: a plan only needs to know that there is some. */
  private async plan(
    { site, traceparent }: Asked,
    { requestId, operationId, spec, replaces }: PlanCommand,
  ): Promise<void> {
    const answer = await this.reader.read(site, (ctx) => site.adapter.plan(spec, ctx));
    failpoint('read.answered');
    await this.facts.tell(site, {
      id: `${requestId}/planned`,
      type: 'io.dcm.fact.planned.v1',
      body: { operationId, replaces, result: answer.ok ? { ok: true, plan: answer.value } : answer },
      traceparent,
    });
  }
}

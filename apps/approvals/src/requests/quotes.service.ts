import { Inject, Injectable } from '@nestjs/common';
import {
  DcmError,
  exchanges,
  projectIdsOf,
  quoteAnswerSchema,
  siteKeys,
  type AdminActor,
  type AdminOutput,
  type DcmErrorBody,
  type Quote,
  type QuoteAnswer,
} from '@dcm/contracts';
import { rpc, type Broker } from '@dcm/messaging';
import { newId } from '@dcm/runtime';
import { notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { APPROVALS_CONFIG, BROKER, type ApprovalsConfig } from '../approvals.config';
import { assertWriterOrApprover, scopeOf } from '../operations/caller.policy';
import { failureOf } from '../operations/failure.mapper';
import { quoteCaseOf, quoteOfError, quoteOfPlan, type QuoteCase, type QuotedVm } from './quote.policy';
import { QuotesRepository } from './quotes.repository';

/** Says what a VM would be, cost and need in several projects, side by side. Nothing is held, begun or written down. */
@Injectable()
export class QuotesService {
  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_QUOTE_TIMEOUT_MS'>,
    @Inject(BROKER) private readonly broker: Broker,
    private readonly known: QuotesRepository,
  ) {}

  /** All sites are asked at once; one that is silent does not spoil the others. @throws DcmError PERMISSION_DENIED; NOT_FOUND for a project of others. */
  async quote(input: CallInput<'quote'>, actor: AdminActor): Promise<AdminOutput<'quote'>> {
    const what = 'quote a VM';
    assertWriterOrApprover(actor, what);
    const scope = scopeOf(actor, what);
    const { now, facts } = await this.known.read(input);
    const cases = projectIdsOf(input).map((projectId, index): QuoteCase => {
      const found = facts[index] ?? [];
      const tenantId = found[0]?.tenantId ?? null;
      if (tenantId === null || (scope !== null && scope !== tenantId)) {
        throw notFound(`${what} for project ${projectId}`);
      }
      return quoteCaseOf(input, { projectId, tenantId, requester: actor.principal }, found, now);
    });
    return { quotes: await Promise.all(cases.map((one) => this.quoteOne(one))) };
  }

  private async quoteOne(one: QuoteCase): Promise<Quote> {
    const { vm, error } = one;
    if (vm === null) return quoteOfError(one, error ?? { code: 'INTERNAL', message: 'Unable to quote the VM' });
    const answer = await this.ask(one, vm);
    if ('code' in answer) return quoteOfError(one, answer);
    if (!answer.ok) return quoteOfError(one, failureOf(answer.error));
    return quoteOfPlan(one, vm, answer.value, await this.known.tariffOf(vm));
  }

  /** @returns the site's answer, or why there is none. */
  private async ask({ facts }: QuoteCase, { doc, spec }: QuotedVm): Promise<QuoteAnswer | DcmErrorBody> {
    const { site, platform } = doc;
    const silence = {
      code: 'SITE_UNAVAILABLE',
      message: `Unable to quote the VM: site ${site} gives no answer`,
    } as const;
    if (facts?.announcedAt == null) return silence;
    try {
      const answer = await rpc(this.broker, {
        exchange: exchanges.provisioning,
        routingKey: siteKeys.reads(platform, site),
        type: 'io.dcm.command.quote.v1',
        data: { requestId: newId(), site, spec },
        timeoutMs: this.config.DCM_QUOTE_TIMEOUT_MS,
      });
      return quoteAnswerSchema.parse(answer);
    } catch (error) {
      return error instanceof DcmError && error.code !== 'UNAVAILABLE' ? error.toBody() : silence;
    }
  }
}

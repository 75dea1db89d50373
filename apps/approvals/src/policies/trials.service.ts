import { Injectable } from '@nestjs/common';
import {
  DcmError,
  policyIdSchema,
  type AdminActor,
  type AdminOutput,
  type CreatePolicy,
  type PolicyRule,
  type TenantId,
} from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { assertTenantAdmin, isPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { assertSound } from './check.policy';
import { PoliciesRepository } from './policies.repository';
import { assertMayWrite } from './policies.service';
import { SamplesService } from './samples.service';
import { trialOf, trialOfPast } from './trial.mapper';
import { TrialsRepository } from './trials.repository';

type TrialInput = CallInput<'admin.policy.try'>;

const what = 'try rules';

const missing = (pointer: string, message: string): DcmError =>
  new DcmError('NOT_FOUND', `Unable to ${what}: ${message}`, { details: [{ pointer, message }] });

/** Tries rules on what was asked for, or on a sample. It reads, and nothing else. */
@Injectable()
export class TrialsService {
  constructor(
    private readonly trials: TrialsRepository,
    private readonly policies: PoliciesRepository,
    private readonly samples: SamplesService,
  ) {}

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND for what is not the tenant's; INVALID_REQUEST for a draft that cannot work. */
  async try(input: TrialInput, actor: AdminActor): Promise<AdminOutput<'admin.policy.try'>> {
    const { against } = input;
    const tenantId = input.tenantId ?? actor.tenantId ?? (await this.tenantOfSample(input));
    assertTenantAdmin(actor, tenantId, what);
    const rules = await this.rulesOf(input.rules, tenantId, actor);
    if ('last' in against) {
      const past = await this.trials.latest(tenantId, against.projectId ?? null, against.last);
      return { items: past.flatMap((one) => trialOfPast(rules, one)) };
    }
    const { subject, around } = await this.samples.sampleOf(against, tenantId, actor);
    return { items: [{ operationId: null, ...trialOf(rules, subject, around), happened: null }] };
  }

  private async tenantOfSample({ against }: TrialInput): Promise<TenantId> {
    const tenantId = 'last' in against ? undefined : await this.samples.tenantOf(against);
    if (tenantId !== undefined) return tenantId;
    const details = [{ pointer: '/tenantId', message: 'is required of who belongs to no tenant' }];
    throw new DcmError('INVALID_REQUEST', `Unable to ${what}: it is not said of which tenant`, { details });
  }

  private async rulesOf(given: TrialInput['rules'], tenantId: TenantId, actor: AdminActor): Promise<PolicyRule[]> {
    const kept = await this.policies.ofTenant(this.trials.manager, tenantId);
    if (given === undefined) return kept;
    return given.map((one, index) => {
      if (typeof one !== 'string') return draftOf(one, index, actor);
      const rule = kept.find(({ id }) => id === one);
      if (rule === undefined) throw missing(`/rules/${index}`, `there is no rule ${one} in this tenant`);
      return { ...rule, enabled: true };
    });
  }
}

/** A draft as if it were kept and enabled; its sequence number says that it is not. */
function draftOf(draft: CreatePolicy, index: number, actor: AdminActor): PolicyRule {
  if (draft.tenantId !== null && draft.tenantId !== actor.tenantId && !isPlatformAdmin(actor)) throw notFound(what);
  assertMayWrite(actor, draft, what);
  assertSound(draft, `/rules/${index}`);
  const id = policyIdSchema.parse(newId());
  return { ...draft, id, enabled: true, state: 'active', createdAt: new Date(0).toISOString(), seq: 0 };
}

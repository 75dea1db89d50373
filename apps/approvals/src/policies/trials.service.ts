import { Injectable } from '@nestjs/common';
import {
  DcmError,
  replaceGuestSecrets,
  operationIdSchema,
  policyIdSchema,
  type AdminActor,
  type AdminOutput,
  type CreatePolicy,
  type CreateVm,
  type PolicyRule,
  type PolicyTrial,
  type Project,
  type TenantId,
  type Vm,
  withImageDefaults,
} from '@dcm/contracts';
import { newId, operationIdOf } from '@dcm/runtime';
import { assertTenantAdmin, isPlatformAdmin, notFound } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { DirectoryRepository } from '../directory/directory.repository';
import { TenantsRepository } from '../directory/tenants.repository';
import { specOf, vmDocOf } from '../requests/vm-request.mapper';
import { assertSound } from './check.policy';
import type { Subject } from './facts.mapper';
import { PoliciesRepository } from './policies.repository';
import { assertMayWrite } from './policies.service';
import { createSubject } from './subject.mapper';
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
    private readonly tenants: TenantsRepository,
    private readonly directory: DirectoryRepository,
  ) {}

  /** @throws DcmError PERMISSION_DENIED; NOT_FOUND for what is not the tenant's; INVALID_REQUEST for a draft that cannot work. */
  async try(input: TrialInput, actor: AdminActor): Promise<AdminOutput<'admin.policy.try'>> {
    const { against } = input;
    const tenantId = input.tenantId ?? actor.tenantId ?? (await this.tenantOfSample(input));
    assertTenantAdmin(actor, tenantId, what);
    const rules = await this.rulesOf(input.rules, tenantId, actor);
    if ('sample' in against) return { items: [await this.trySample(rules, against.sample, tenantId, actor)] };
    const past = await this.trials.latest(tenantId, against.projectId ?? null, against.last);
    return { items: past.flatMap((one) => trialOfPast(rules, one)) };
  }

  private async tenantOfSample({ against }: TrialInput): Promise<TenantId> {
    const found =
      'sample' in against ? await this.directory.findProject(this.trials.manager, against.sample.projectId) : undefined;
    if (found !== undefined) return found.project.tenantId;
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

  private async trySample(
    rules: readonly PolicyRule[],
    body: CreateVm,
    tenantId: TenantId,
    actor: AdminActor,
  ): Promise<PolicyTrial> {
    const { manager } = this.trials;
    const found = await this.directory.findProject(manager, body.projectId);
    if (found?.project.tenantId !== tenantId)
      throw missing('/against/sample/projectId', `project ${body.projectId} is not known`);
    const tenant = await this.tenants.findTenant(manager, tenantId);
    const now = await this.trials.clock();
    const asked = await this.completed(body, tenantId);
    const subject = sampleSubject(asked, await this.sizeOf(asked, tenantId), { project: found.project, now, actor });
    const trial = trialOf(rules, subject, {
      project: found.project,
      tenant: { id: tenantId, name: tenant?.name ?? '' },
      thresholds: found.project.policy,
      now,
      isQuotaExceeded: false,
    });
    return { operationId: null, ...trial, happened: null };
  }

  /** A sample may leave out what its image gives. */
  private async completed(body: CreateVm, tenantId: TenantId): Promise<CreateVm> {
    const image =
      body.image === undefined
        ? undefined
        : await this.directory.findVisibleImage(this.trials.manager, body.image, tenantId);
    const asked = image === undefined ? body : withImageDefaults(body, image);
    if (asked.size !== undefined || asked.cpus !== undefined) return asked;
    throw missing('/against/sample/cpus', `there is no size, and no image ${body.image ?? ''} with a default of it`);
  }

  private async sizeOf(
    { size, cpus = 0, memoryMib = 0 }: CreateVm,
    tenantId: TenantId,
  ): Promise<Pick<Vm, 'cpus' | 'memoryMib'>> {
    if (size === undefined) return { cpus, memoryMib };
    const found = await this.directory.findVisibleSize(this.trials.manager, size, tenantId);
    if (found === undefined) throw missing('/against/sample/size', `size ${size} is not known`);
    return found;
  }
}

interface SampleSurroundings {
  readonly project: Project;
  readonly now: Date;
  readonly actor: AdminActor;
}

/** A request that nobody made, as if it had come. */
function sampleSubject(
  body: CreateVm,
  { cpus, memoryMib }: Pick<Vm, 'cpus' | 'memoryMib'>,
  { project, now, actor }: SampleSurroundings,
): Subject {
  const { tenantId, site, platform } = project;
  const id = operationIdSchema.parse(operationIdOf('policies.try', newId()));
  const names = { cpus, memoryMib, template: null };
  const vm = vmDocOf(body, id, { tenantId, site, platform, now }, names);
  const spec = specOf(body, vm.id, platform, names);
  const guest = replaceGuestSecrets(spec.guest, () => null);
  return createSubject(vm, { ...spec, guest }, null, actor.principal);
}

/** A draft as if it were kept and enabled; its sequence number says that it is not. */
function draftOf(draft: CreatePolicy, index: number, actor: AdminActor): PolicyRule {
  if (draft.tenantId !== null && draft.tenantId !== actor.tenantId && !isPlatformAdmin(actor)) throw notFound(what);
  assertMayWrite(actor, draft, what);
  assertSound(draft, `/rules/${index}`);
  const id = policyIdSchema.parse(newId());
  return { ...draft, id, enabled: true, state: 'active', createdAt: new Date(0).toISOString(), seq: 0 };
}

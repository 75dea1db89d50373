import { Injectable } from '@nestjs/common';
import {
  DcmError,
  operationIdSchema,
  replaceGuestSecrets,
  withImageDefaults,
  type AdminActor,
  type CreateVm,
  type Project,
  type ResizeVm,
  type TenantId,
  type Vm,
} from '@dcm/contracts';
import { newId, operationIdOf } from '@dcm/runtime';
import type { CallInput } from '../admin/ports';
import { runningPriceOf } from '../billing/price.policy';
import { RatesRepository } from '../billing/rates.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import { TenantsRepository } from '../directory/tenants.repository';
import { resizeGoalOf, shrinkRefusal } from '../requests/resize.policy';
import { specOf, vmDocOf } from '../requests/vm-request.mapper';
import type { Subject, Surroundings } from './facts.mapper';
import { createSubject, deleteSubject, resizeSubject } from './subject.mapper';
import { TrialsRepository } from './trials.repository';

/** A request that nobody made: a body of `POST /v1/vms`, or what would be asked of a VM. */
export type Asked = Exclude<CallInput<'admin.policy.try'>['against'], { readonly last: number }>;

const what = 'try rules';

const missing = (pointer: string, message: string): DcmError =>
  new DcmError('NOT_FOUND', `Unable to ${what}: ${message}`, { details: [{ pointer, message }] });

/** Reads what rules are to know of requests that nobody made. */
@Injectable()
export class SamplesService {
  constructor(
    private readonly trials: TrialsRepository,
    private readonly tenants: TenantsRepository,
    private readonly directory: DirectoryRepository,
    private readonly rates: RatesRepository,
  ) {}

  /** Whose project or VM a sample names; undefined: there is none. */
  async tenantOf(asked: Asked): Promise<TenantId | undefined> {
    if ('vmId' in asked) return (await this.trials.findVm(asked.vmId))?.tenantId;
    return (await this.directory.findProject(this.trials.manager, asked.sample.projectId))?.project.tenantId;
  }

  /** @throws DcmError NOT_FOUND for what is not the tenant's; INVALID_REQUEST for a disk that would shrink. */
  async sampleOf(
    asked: Asked,
    tenantId: TenantId,
    actor: AdminActor,
  ): Promise<{ subject: Subject; around: Surroundings }> {
    const now = await this.trials.clock();
    const { subject, project } = await ('vmId' in asked
      ? this.changeOf(asked, tenantId, { now, actor })
      : this.creationOf(asked.sample, tenantId, { now, actor }));
    const tenant = await this.tenants.findTenant(this.trials.manager, tenantId);
    const scopes = { project, tenant: { id: tenantId, name: tenant?.name ?? '' } };
    return { subject, around: { ...scopes, thresholds: project.policy, now, isQuotaExceeded: false } };
  }

  private async creationOf(
    body: CreateVm,
    tenantId: TenantId,
    { now, actor }: { readonly now: Date; readonly actor: AdminActor },
  ): Promise<{ subject: Subject; project: Project }> {
    const found = await this.directory.findProject(this.trials.manager, body.projectId);
    if (found?.project.tenantId !== tenantId)
      throw missing('/against/sample/projectId', `project ${body.projectId} is not known`);
    const { project } = found;
    const asked = await this.completed(body, tenantId);
    const size = await this.sizeOf(asked, tenantId);
    return { subject: sampleSubject(asked, size, { project, now, actor }), project };
  }

  private async changeOf(
    asked: Extract<Asked, { readonly vmId: unknown }>,
    tenantId: TenantId,
    { now, actor }: { readonly now: Date; readonly actor: AdminActor },
  ): Promise<{ subject: Subject; project: Project }> {
    const vm = await this.trials.findVm(asked.vmId);
    const found = vm === undefined ? undefined : await this.directory.findProject(this.trials.manager, vm.projectId);
    if (vm?.tenantId !== tenantId || found === undefined)
      throw missing('/against/vmId', `VM ${asked.vmId} is not known`);
    const subject =
      'delete' in asked
        ? deleteSubject(vm, actor.principal)
        : await this.resizeOf(vm, asked.resize, { now, requester: actor.principal });
    return { subject, project: found.project };
  }

  private async resizeOf(
    vm: Vm,
    resize: ResizeVm,
    { now, requester }: { readonly now: Date; readonly requester: string },
  ): Promise<Subject> {
    const named =
      resize.size === undefined
        ? undefined
        : await this.directory.findVisibleSize(this.trials.manager, resize.size, vm.tenantId);
    if (resize.size !== undefined && named === undefined)
      throw missing('/against/resize/size', `size ${resize.size} is not known`);
    const sized = { vm: { doc: vm }, scene: { amounts: null } };
    const goal = resizeGoalOf(sized, { resize }, named);
    const refusal = shrinkRefusal(sized, goal);
    if (refusal !== null) {
      const details = refusal.details?.map((one) => ({ ...one, pointer: `/against/resize${one.pointer}` })) ?? [];
      throw new DcmError('INVALID_REQUEST', refusal.message, { details });
    }
    const rates = await this.rates.inForce(this.trials.manager, now);
    const price = runningPriceOf(goal.amounts, rates, { ...vm, size: goal.sizeName }, now);
    return resizeSubject(vm, goal, { amounts: goal.amounts, price, losses: [], warnings: [] }, requester);
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
  const { count = 1 } = body;
  return { ...createSubject(vm, { ...spec, guest }, null, { requester: actor.principal }), count };
}

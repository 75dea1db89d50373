import { Inject, Injectable } from '@nestjs/common';
import { memberNameOf, type Batch, type CreateVm, type Project, type Site } from '@dcm/contracts';
import { memberIdOf, vmIdOf } from '@dcm/runtime';
import { qualifiedName, scopeOf } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import { foretell, foretellVm, type Foretelling } from '../requests/foretold.mapper';
import { identify, payloadHashOf } from '../requests/idempotency.policy';
import { RequestsService, type Accepted, type PreparedRequest } from '../requests/requests.service';
import { NamesService, type CompletedWish } from '../resources/names.service';
import { ResourceService } from '../resources/resource.service';
import type { Caller } from './caller';
import { requestTypeOfKind, toRequest, type Asking, type ForetoldVm } from './command';
import { hasGuestSecrets, sealGuestSecrets, secretsOf } from './guest-secrets';

const kind = 'vm.create';

/** Turns `POST /v1/vms` into requests. */
@Injectable()
export class CreatesService {
  constructor(
    private readonly requests: RequestsService,
    private readonly resources: ResourceService,
    private readonly names: NamesService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** @throws DcmError NOT_FOUND (project, image, size), CONFLICT or INVALID_REQUEST (image), SITE_UNAVAILABLE, UNAVAILABLE, IDEMPOTENCY_KEY_REUSED */
  create(caller: Caller, body: CreateVm): Promise<Accepted> {
    const { clientToken, ...wish } = body;
    const identity = identify(qualifiedName(caller.principal), caller.idempotencyKey, clientToken);
    const payload = { type: requestTypeOfKind(kind), data: wish };
    return this.requests.submit({
      identity,
      payloadHash: payloadHashOf(this.config.DCM_INSTALLATION_KEY, payload),
      prepare: () => this.prepare({ caller, identity }, wish),
    });
  }

  /** The request for a VM, or several, checked against what is known here. @throws DcmError as `create`. */
  async prepare({ caller, identity, resubmits }: Asking, wish: CreateVm): Promise<PreparedRequest> {
    const scope = scopeOf(caller.principal);
    const project = await this.names.project(scope, wish.projectId);
    const asked = await this.names.complete({ tenantId: project.tenantId }, wish, project.site);
    const { operationId } = identity;
    const told = foretell(caller.principal, this.config, { operationId, vmId: vmIdOf(operationId), resubmits });
    const [first, ...others] = foretellAll(asked, project, told);
    const data = hasGuestSecrets(wish)
      ? sealForAll(wish, await this.resources.get(scope, 'site', project.site), [first, ...others])
      : wish;
    const several = others.length === 0 ? {} : { several: { batch: batchOf([first, ...others]), others } };
    const command = { kind, data, answer: first.vm, isNewVm: true, ...several } as const;
    return toRequest(this.config.DCM_INSTALLATION_KEY, caller, first.told, command);
  }
}

type ForetoldVms = readonly [ForetoldVm, ...ForetoldVm[]];

/** Each VM that is asked for, with the ids that approvals will give it. */
function foretellAll({ wish, size }: CompletedWish, project: Project, told: Foretelling): ForetoldVms {
  const { count = 1, name } = wish;
  const one = (index: number): ForetoldVm => {
    const operationId = memberIdOf(told.operationId, index);
    const own = { ...told, operationId, vmId: vmIdOf(operationId), batch: { id: told.operationId, index, count } };
    return { vm: foretellVm({ ...wish, name: memberNameOf(name, index) }, project, size, own), told: own };
  };
  if (count === 1) return [{ vm: foretellVm(wish, project, size, told), told }];
  return [one(1), ...Array.from({ length: count - 1 }, (_, position) => one(position + 2))];
}

const batchOf = (all: ForetoldVms): Batch => ({
  id: all[0].told.operationId,
  count: all.length,
  operations: all.map(({ vm, told }) => ({ id: told.operationId, vmId: vm.id, name: vm.name })),
});

/** The guest's secrets sealed for each VM: the first's stand in the guest, the others' beside it. @throws DcmError SITE_UNAVAILABLE */
function sealForAll(wish: CreateVm, site: Site, [first, ...others]: ForetoldVms): object {
  const data = sealGuestSecrets(wish, site, first.vm.id);
  if (others.length === 0) return data;
  return { ...data, memberSecrets: others.map(({ vm }) => secretsOf(sealGuestSecrets(wish, site, vm.id))) };
}

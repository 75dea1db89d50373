import { Inject, Injectable } from '@nestjs/common';
import type { CreateVm } from '@dcm/contracts';
import { vmIdOf } from '@dcm/runtime';
import { qualifiedName, scopeOf } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import { foretell, foretellVm } from '../requests/foretold.mapper';
import { identify, payloadHashOf } from '../requests/idempotency.policy';
import { RequestsService, type Accepted, type PreparedRequest } from '../requests/requests.service';
import { NamesService } from '../resources/names.service';
import { ResourceService } from '../resources/resource.service';
import type { Caller } from './caller';
import { requestTypeOfKind, toRequest, type Asking } from './command';
import { hasGuestSecrets, sealGuestSecrets } from './guest-secrets';

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

  /** The request for a VM, checked against what is known here. @throws DcmError as `create`. */
  async prepare({ caller, identity, resubmits }: Asking, wish: CreateVm): Promise<PreparedRequest> {
    const scope = scopeOf(caller.principal);
    const project = await this.names.project(scope, wish.projectId);
    const asked = await this.names.complete({ tenantId: project.tenantId }, wish, project.site);
    const { operationId } = identity;
    const told = foretell(caller.principal, this.config, { operationId, vmId: vmIdOf(operationId), resubmits });
    const data = hasGuestSecrets(wish)
      ? sealGuestSecrets(wish, await this.resources.get(scope, 'site', project.site), told.vmId)
      : wish;
    const answer = foretellVm(asked.wish, project, asked.size, told);
    return toRequest(this.config.DCM_INSTALLATION_KEY, caller, told, { kind, data, answer, isNewVm: true });
  }
}

import { Inject, Injectable } from '@nestjs/common';
import {
  DcmError,
  type CreateVm,
  type OperationId,
  type OperationKind,
  type PowerAction,
  type Project,
  type RequestType,
  type Vm,
  type VmId,
} from '@dcm/contracts';
import { vmIdOf } from '@dcm/runtime';
import { qualifiedName, scopeOf, type Principal, type Scope } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { requireMatch } from '../http/precondition.policy';
import { CONFIG } from '../parts';
import { foretellOperation, foretellVm, type Foretelling } from '../requests/foretold.mapper';
import { identify, payloadHashOf, type RequestIdentity } from '../requests/idempotency.policy';
import { toRequestMessage } from '../requests/request.mapper';
import { RequestsService, type Accepted, type PreparedRequest } from '../requests/requests.service';
import { rowOfDoc } from '../resources/resource.mapper';
import { RecentDocs } from '../resources/recent-docs';
import { ResourceService } from '../resources/resource.service';
import { sealGuestSecrets } from './guest-secrets';

/** Who sends a command, and the headers that bear on it. */
export interface Caller {
  readonly principal: Principal;
  readonly idempotencyKey: unknown;
  readonly ifMatch: string | undefined;
  readonly traceparent: string | undefined;
}

/** What goes to approvals, and what is shown meanwhile. */
interface Command {
  readonly kind: OperationKind;
  readonly type: RequestType;
  readonly data: unknown;
  readonly answer: Vm;
  readonly isNewVm: boolean;
}

/** A change of a VM that exists. */
type Change = Pick<Command, 'kind' | 'type' | 'data'>;

/** Turns the commands of the HTTP door into requests. */
@Injectable()
export class VmsService {
  constructor(
    private readonly requests: RequestsService,
    private readonly resources: ResourceService,
    private readonly recent: RecentDocs,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  /** @throws DcmError NOT_FOUND (project), SITE_UNAVAILABLE, IDEMPOTENCY_KEY_REUSED */
  create(caller: Caller, body: CreateVm): Promise<Accepted> {
    const { clientToken, ...wish } = body;
    const identity = identify(qualifiedName(caller.principal), caller.idempotencyKey, clientToken);
    const type = 'io.dcm.vm.create.v1';
    const prepare = (): Promise<PreparedRequest> => this.prepareCreate(caller, identity, wish);
    return this.requests.submit({ identity, payloadHash: this.hash({ type, data: wish }), prepare });
  }

  /** @throws DcmError NOT_FOUND, PRECONDITION_FAILED, IDEMPOTENCY_KEY_REUSED */
  power(caller: Caller, vmId: string, power: PowerAction): Promise<Accepted> {
    return this.change(caller, vmId, { kind: 'vm.power', type: 'io.dcm.vm.power.v1', data: { vmId, power } });
  }

  /** @throws DcmError NOT_FOUND, PRECONDITION_FAILED, IDEMPOTENCY_KEY_REUSED */
  delete(caller: Caller, vmId: string): Promise<Accepted> {
    return this.change(caller, vmId, { kind: 'vm.delete', type: 'io.dcm.vm.delete.v1', data: { vmId } });
  }

  private hash(payload: unknown): string {
    return payloadHashOf(this.config.DCM_INSTALLATION_KEY, payload);
  }

  private change(caller: Caller, vmId: string, change: Change): Promise<Accepted> {
    const identity = identify(qualifiedName(caller.principal), caller.idempotencyKey);
    const { type, data } = change;
    const prepare = async (): Promise<PreparedRequest> => {
      const vm = await this.resources.get(scopeOf(caller.principal), 'vm', vmId);
      requireMatch(caller.ifMatch, vm);
      const told = this.foretell(caller, identity.operationId, vm.id);
      return this.toRequest(caller, told, {
        ...change,
        answer: { ...vm, operationId: told.operationId },
        isNewVm: false,
      });
    };
    return this.requests.submit({ identity, payloadHash: this.hash({ type, data }), prepare });
  }

  private async prepareCreate(caller: Caller, identity: RequestIdentity, wish: CreateVm): Promise<PreparedRequest> {
    const scope = scopeOf(caller.principal);
    const project = await this.projectOf(scope, wish.projectId);
    const size = wish.size === undefined ? undefined : await this.recent.find(scope, 'size', wish.size);
    const told = this.foretell(caller, identity.operationId, vmIdOf(identity.operationId));
    const isSecret = wish.guest.userData !== undefined;
    const data = isSecret
      ? sealGuestSecrets(wish, await this.resources.get(scope, 'site', project.site), told.vmId)
      : wish;
    const answer = foretellVm(wish, project, size, told);
    return this.toRequest(caller, told, {
      kind: 'vm.create',
      type: 'io.dcm.vm.create.v1',
      data,
      answer,
      isNewVm: true,
    });
  }

  private async projectOf(scope: Scope, id: string): Promise<Project> {
    const project = await this.recent.find(scope, 'project', id);
    if (project === undefined) throw new DcmError('NOT_FOUND', `Unable to find project ${id}: there is none here`);
    return project;
  }

  private foretell(caller: Caller, operationId: OperationId, vmId: VmId): Foretelling {
    const now = Date.now();
    const resendAt = new Date(now + this.config.DCM_RESEND_MS).toISOString();
    return { operationId, vmId, requester: caller.principal.name, at: new Date(now).toISOString(), resendAt };
  }

  private toRequest(caller: Caller, told: Foretelling, command: Command): PreparedRequest {
    const { kind, type, data, answer, isNewVm } = command;
    const { principal, traceparent } = caller;
    const { operationId, vmId, at } = told;
    const { tenantId } = answer;
    const operation = foretellOperation(kind, answer, told);
    return {
      ...toRequestMessage(this.config.DCM_INSTALLATION_KEY, {
        operationId,
        type,
        data,
        vmId,
        tenantId,
        principal,
        at,
        traceparent,
      }),
      principal: qualifiedName(principal),
      tenantId,
      vmId,
      kind,
      answer,
      foretold: [rowOfDoc('operation', operation), ...(isNewVm ? [rowOfDoc('vm', answer)] : [])],
    };
  }
}

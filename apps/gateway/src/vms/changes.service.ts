import { Inject, Injectable } from '@nestjs/common';
import type { CreateSnapshot, OperationKind, PowerAction, ResizeVm, Vm } from '@dcm/contracts';
import { qualifiedName, scopeOf, type Scope } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { expectedSeqOf } from '../http/precondition.policy';
import { CONFIG } from '../parts';
import { foretell } from '../requests/foretold.mapper';
import { identify, payloadHashOf } from '../requests/idempotency.policy';
import { RequestsService, type Accepted, type PreparedRequest } from '../requests/requests.service';
import { NamesService } from '../resources/names.service';
import { ResourceService } from '../resources/resource.service';
import type { Caller } from './caller';
import { requestTypeOfKind, toRequest, type Asking } from './command';

/** A change of a VM that exists. */
interface Change {
  readonly kind: OperationKind;
  /** What the request says beside its VM. */
  readonly wish: Readonly<Record<string, unknown>>;
  /** Refuses what surely does not exist. */
  readonly check?: (scope: Scope, vm: Vm) => Promise<unknown>;
}

/**
 * Turns the commands that change a VM into requests. Each method
 * @throws DcmError NOT_FOUND, PRECONDITION_FAILED, IDEMPOTENCY_KEY_REUSED
 */
@Injectable()
export class ChangesService {
  constructor(
    private readonly requests: RequestsService,
    private readonly resources: ResourceService,
    private readonly names: NamesService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  power(caller: Caller, vmId: string, power: PowerAction): Promise<Accepted> {
    return this.change(caller, vmId, { kind: 'vm.power', wish: { power } });
  }

  resize(caller: Caller, vmId: string, target: ResizeVm): Promise<Accepted> {
    return this.change(caller, vmId, {
      kind: 'vm.resize',
      wish: target,
      check: async (_scope, { tenantId }) => target.size !== undefined && this.names.size({ tenantId }, target.size),
    });
  }

  createSnapshot(caller: Caller, vmId: string, snapshot: CreateSnapshot): Promise<Accepted> {
    return this.change(caller, vmId, { kind: 'vm.snapshot.create', wish: snapshot });
  }

  revertSnapshot(caller: Caller, vmId: string, snapshotId: string): Promise<Accepted> {
    return this.change(caller, vmId, {
      kind: 'vm.snapshot.revert',
      wish: { snapshotId },
      check: (scope, vm) => this.checkSnapshot(scope, vm, snapshotId),
    });
  }

  removeSnapshot(caller: Caller, vmId: string, snapshotId: string): Promise<Accepted> {
    return this.change(caller, vmId, {
      kind: 'vm.snapshot.remove',
      wish: { snapshotId },
      check: (scope, vm) => this.checkSnapshot(scope, vm, snapshotId),
    });
  }

  delete(caller: Caller, vmId: string): Promise<Accepted> {
    return this.change(caller, vmId, { kind: 'vm.delete', wish: {} });
  }

  private checkSnapshot(scope: Scope, vm: Vm, snapshotId: string): Promise<unknown> {
    return this.names.certain(async (isSecondLook) => {
      const { snapshots } = isSecondLook ? await this.resources.get(scope, 'vm', vm.id) : vm;
      const found = snapshots.find(({ id }) => id === snapshotId);
      const message = `VM ${vm.name} has no snapshot ${snapshotId}`;
      return {
        found,
        fault: found === undefined ? { code: 'NOT_FOUND', details: [{ pointer: 'path/snapshotId', message }] } : null,
      };
    });
  }

  /** `If-Match` is no part of the payload: a repetition is the same request, whatever state the VM has come to by it. */
  private change(caller: Caller, vmId: string, change: Change): Promise<Accepted> {
    const identity = identify(qualifiedName(caller.principal), caller.idempotencyKey);
    const payload = { type: requestTypeOfKind(change.kind), data: { vmId, ...change.wish } };
    return this.requests.submit({
      identity,
      payloadHash: payloadHashOf(this.config.DCM_INSTALLATION_KEY, payload),
      prepare: () => this.prepare({ caller, identity }, vmId, change),
    });
  }

  /** The request for a change, checked against what is known here. @throws DcmError NOT_FOUND, PRECONDITION_FAILED. */
  async prepare({ caller, identity, resubmits }: Asking, vmId: string, change: Change): Promise<PreparedRequest> {
    const { kind, wish, check } = change;
    const { operationId } = identity;
    const scope = scopeOf(caller.principal);
    const vm = await this.resources.get(scope, 'vm', vmId);
    await check?.(scope, vm);
    const expectedSeq = expectedSeqOf(caller.ifMatch, vm);
    const told = foretell(caller.principal, this.config, { operationId, vmId: vm.id, resubmits });
    return toRequest(this.config.DCM_INSTALLATION_KEY, caller, told, {
      kind,
      data: { vmId, ...wish, ...(expectedSeq !== undefined && { expectedSeq }) },
      answer: { ...vm, operationId },
      isNewVm: false,
    });
  }
}

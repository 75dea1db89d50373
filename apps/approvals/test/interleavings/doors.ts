import {
  requestMessages,
  type Approval,
  type HypervisorErrorBody,
  type OperationId,
  type Plan,
  type RequestType,
} from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { canonicalJson, sha256Hex, signRequester } from '@dcm/runtime';
import { ControlService } from '../../src/dispatch/control.service';
import { CallsService } from '../../src/operations/calls.service';
import { FactsService } from '../../src/operations/facts.service';
import { incomingOf } from '../../src/requests/requests.consumer';
import { RequestsService } from '../../src/requests/requests.service';
import type { InterleavingHome } from './home';
import type { Hypervisor, Sent } from './hypervisor';
import { installationKey, type InterleavingRoom } from './room';

/** The broker user that the gateway and the site's provisioner connect as. */
const broker = 'dcm';

/** What is delivered to approvals: calling it again delivers it again. */
export type Message = () => Promise<void>;

/** The doors of approvals, with what comes through them for one tenant and its site. */
export class Doors {
  constructor(
    private readonly room: InterleavingRoom,
    private readonly home: InterleavingHome,
    private readonly real: Hypervisor,
  ) {}

  request(type: RequestType, data: object, id: OperationId): Message {
    const token = signRequester(installationKey, {
      principal: 'dave',
      tenantId: this.home.tenantId,
      roles: ['developer'],
      requestId: id,
      payloadSha256: sha256Hex(canonicalJson(data)),
      issuedAt: new Date().toISOString(),
    });
    const { key: routingKey } = requestMessages[type];
    const message = { id, type, routingKey, data, userId: broker, extensions: { dcmrequester: token } };
    return () => this.room.get(RequestsService).accept(incomingOf(message as unknown as DcmMessage));
  }

  /** @param isStale whether another plan is named than the one that is asked about. */
  async decide(approval: Approval, approve: boolean, isStale: boolean): Promise<void> {
    const planHash = isStale ? (approval.supersedes?.planHash ?? sha256Hex('another plan')) : approval.plan.hash;
    const input = { approvalId: approval.id, decision: approve ? 'approve' : 'reject', planHash, comment: '' } as const;
    const actor = { principal: 'amy', tenantId: this.home.tenantId, roles: ['approver'] };
    await this.room.get(CallsService).decide(input, actor);
  }

  async claim({ data }: Sent, worker: string): Promise<'go' | 'stop' | 'drop'> {
    const operationId = data.operationId as OperationId;
    const request = { site: this.home.site, operationId, attempt: data.attempt, worker };
    return (await this.room.get(ControlService).claim(request, broker)).verdict;
  }

  /** @param plan or why there is none. */
  planned({ data }: Sent, plan: Plan | HypervisorErrorBody): Message {
    const { operationId, replaces } = data;
    const result = 'code' in plan ? { ok: false, error: plan } : { ok: true, plan };
    const fact = { ...this.witness, operationId, replaces, result };
    return () => this.room.get(FactsService).planned(fact as Parameters<FactsService['planned']>[0], broker);
  }

  /** What is seen now. */
  async observed({ data }: Sent): Promise<Message> {
    const { instanceId, requestId } = data;
    const status = this.real.status(instanceId, await this.room.now());
    const fact = { ...this.witness, instanceId, requestId, statuses: status === null ? [] : [status], error: null };
    return () => this.room.get(FactsService).observed(fact as Parameters<FactsService['observed']>[0], broker);
  }

  /** @param wasThere whether there was something to delete. */
  async succeeded({ type, data }: Sent, wasThere: boolean): Promise<Message> {
    const { operationId, attempt, instanceId } = data;
    const isDelete = type.includes('.delete.');
    const deleted = wasThere ? 'deleted' : 'absent';
    const outcome = isDelete ? deleted : data.vm === undefined ? 'changed' : 'created';
    const status = isDelete ? null : this.real.status(instanceId, await this.room.now());
    const fact = { ...this.witness, operationId, attempt, instanceId, outcome, status };
    return () => this.room.get(FactsService).succeeded(fact as Parameters<FactsService['succeeded']>[0], broker);
  }

  failed({ data }: Sent, error: HypervisorErrorBody): Message {
    const { operationId, attempt, instanceId } = data;
    const fact = { ...this.witness, operationId, attempt, instanceId, error, status: null };
    return () => this.room.get(FactsService).failed(fact as Parameters<FactsService['failed']>[0], broker);
  }

  private get witness(): object {
    return { site: this.home.site, platform: 'vsphere', worker: 'w' };
  }
}

import {
  DcmError,
  type DcmErrorBody,
  type OperationId,
  type Publisher,
  type ResizeVm,
  type TenantId,
  type VmId,
} from '@dcm/contracts';
import type { OperationOrder } from '../operations/begin.mapper';
import type { CreateOrder } from './create.policy';
import { identify, type SenderFacts } from './identity.policy';
import { payloadHashOf, type Unreadable, type Wish } from './request.policy';
import { secretsFaultOf, singlesOf } from './single.policy';
import type { SnapshotWish } from './snapshot.policy';

/** A request that was read: who sent it, and what is wanted. */
export interface Incoming {
  readonly sender: SenderFacts;
  readonly wish: Wish;
  readonly traceparent: string | null;
}

/** A request that changes a VM: what it is to become is read under the VM's lock. */
export interface ChangeOrder extends OperationOrder {
  readonly resize?: ResizeVm;
  readonly snapshot?: SnapshotWish;
}

/** A request whose sender is known: ready to be carried out. */
export type Order =
  | { readonly kind: 'create'; readonly create: CreateOrder }
  | { readonly kind: 'change'; readonly vmId: VmId; readonly change: ChangeOrder }
  | { readonly kind: 'cancel'; readonly operationId: OperationId; readonly tenantId: TenantId; readonly by: string }
  | { readonly kind: 'refusal'; readonly refused: OperationOrder; readonly error: DcmErrorBody };

/**
 * @throws DcmError as `identify`; INVALID_REQUEST for what cannot be read, unless a relay's caller waits for its end: that is refused,
 * or it would be sent again for ever.
 */
export function orderOf(incoming: Incoming, publisher: Publisher | undefined, key: string): Order {
  const { sender, wish, traceparent } = incoming;
  if (wish.kind === 'unreadable') return refusalOf({ ...incoming, wish }, publisher, key);
  const { operationId: id, tenantId, requester, isRelayed } = identify(sender, publisher, key);
  const payloadSha256 = payloadHashOf(wish, key);
  const common = { id, tenantId, requester, payloadSha256, traceparent, ...againOf(wish) };
  switch (wish.kind) {
    case 'vm.create':
      return createOf({ ...common, kind: 'vm.create', isRelayed, body: wish.body, memberSecrets: wish.memberSecrets });
    case 'vm.power':
      return {
        kind: 'change',
        vmId: wish.vmId,
        change: { ...common, kind: 'vm.power', power: wish.power, expectedSeq: wish.expectedSeq },
      };
    case 'vm.resize':
      return {
        kind: 'change',
        vmId: wish.vmId,
        change: { ...common, kind: 'vm.resize', resize: wish.resize, expectedSeq: wish.expectedSeq },
      };
    case 'vm.snapshot':
      return {
        kind: 'change',
        vmId: wish.vmId,
        change: {
          ...common,
          kind: `vm.snapshot.${wish.snapshot.action}`,
          snapshot: wish.snapshot,
          expectedSeq: wish.expectedSeq,
        },
      };
    case 'vm.delete':
      return {
        kind: 'change',
        vmId: wish.vmId,
        change: { ...common, kind: 'vm.delete', expectedSeq: wish.expectedSeq },
      };
    case 'operation.cancel':
      return { kind: 'cancel', operationId: wish.operationId, tenantId, by: requester };
  }
}

/** @throws DcmError INVALID_REQUEST for secrets of several VMs that are not as they must be, unless a relay's caller waits for its end. */
function createOf(create: CreateOrder): Order {
  const error = secretsFaultOf(create);
  if (error === null) return { kind: 'create', create };
  if (create.isRelayed) return { kind: 'refusal', refused: create, error };
  throw new DcmError('INVALID_REQUEST', error.message, { details: [...(error.details ?? [])] });
}

const againOf = (wish: Wish): Pick<OperationOrder, 'resubmits'> =>
  'resubmits' in wish && wish.resubmits !== undefined ? { resubmits: wish.resubmits } : {};

function refusalOf(
  { sender, wish, traceparent }: Incoming & { readonly wish: Unreadable },
  publisher: Publisher | undefined,
  key: string,
): Order {
  if (publisher?.relay !== true || sender.token === undefined) throw wish.cause;
  const { operationId: id, tenantId, requester } = identify(sender, publisher, key);
  const refused = { id, tenantId, requester, payloadSha256: payloadHashOf(wish, key), traceparent };
  return { kind: 'refusal', refused: { ...refused, kind: wish.operationKind }, error: wish.cause.toBody() };
}

/** The earlier use of an operation's id. */
export interface Earlier {
  readonly tenantId: string;
  readonly payloadSha256: string;
}

/**
 * The same request again has its answer already.
 * @returns true when it is the same.
 * @throws DcmError IDEMPOTENCY_KEY_REUSED for the same id with anything else.
 */
export function isRepeat(order: OperationOrder, earlier: Earlier | undefined): boolean {
  if (earlier === undefined) return false;
  if (earlier.tenantId === order.tenantId && earlier.payloadSha256 === order.payloadSha256) return true;
  throw new DcmError(
    'IDEMPOTENCY_KEY_REUSED',
    `Unable to accept the request: operation ${order.id} was asked for before with another payload`,
  );
}

/** Most VMs that are taken in together; one request may be for more. */
const mostTogether = 128;
/** Its id and its name. */
const keysPerVm = 2;

/**
 * Cuts a batch, in order, into runs that can be carried out together: creates of different ids and different names, not too many VMs at once.
 * Anything else is a run of its own, and so sees what came before it.
 */
export function runsOf<T extends { readonly order: Order }>(items: readonly T[]): T[][] {
  const runs: T[][] = [];
  let taken = new Set<string>();
  for (const item of items) {
    const keys = keysOf(item.order);
    const isRoom = taken.size > 0 && taken.size + keys.length <= mostTogether * keysPerVm;
    const isOpen = runs.length > 0 && keys.length > 0 && isRoom && !keys.some((key) => taken.has(key));
    if (isOpen) runs.at(-1)?.push(item);
    else runs.push([item]);
    taken = new Set([...(isOpen ? taken : []), ...keys]);
  }
  return runs;
}

/** What two creates of one run must not share; nothing for requests that run alone. */
const keysOf = (order: Order): string[] =>
  order.kind === 'create'
    ? singlesOf(order.create).flatMap(({ id, body }) => [id, `${body.projectId}/${body.name}`])
    : [];

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
      return { kind: 'create', create: { ...common, kind: 'vm.create', body: wish.body, isRelayed } };
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

/**
 * Cuts a batch, in order, into runs that can be carried out together: creates of different ids and different names. Anything
 * else is a run of its own, and so sees what came before it.
 */
export function runsOf<T extends { readonly order: Order }>(items: readonly T[]): T[][] {
  const runs: T[][] = [];
  let taken = new Set<string>();
  for (const item of items) {
    const keys = keysOf(item.order);
    const isOpen = runs.length > 0 && keys.length > 0 && taken.size > 0 && !keys.some((key) => taken.has(key));
    if (isOpen) runs.at(-1)?.push(item);
    else runs.push([item]);
    taken = new Set([...(isOpen ? taken : []), ...keys]);
  }
  return runs;
}

/** What two creates of one run must not share; nothing for requests that run alone. */
const keysOf = (order: Order): string[] =>
  order.kind === 'create' ? [order.create.id, `${order.create.body.projectId}/${order.create.body.name}`] : [];

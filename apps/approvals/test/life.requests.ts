import type { OperationId } from '@dcm/contracts';
import { placeOf } from '../src/operations/begin.mapper';
import type { Change } from '../src/operations/change';
import { askDelete, askPower } from '../src/requests/change.policy';
import { refuse } from '../src/requests/create.policy';
import { admitResize, resizeGoalOf, resizeRefusal, type ResizeOrder } from '../src/requests/resize.policy';
import { admitSnapshot, snapshotGoalOf, snapshotRefusal, type SnapshotOrder } from '../src/requests/snapshot.policy';
import type { Wish } from './life.steps';
import { tenantId } from './scene.builder';

/** Takes in what somebody asks of the VM, as the services do. */
export function askFor(change: Change, id: OperationId, wish: Exclude<Wish, { readonly do: 'cancel' }>): void {
  const base = { id, tenantId, requester: 'dave', payloadSha256: '', traceparent: null };
  if (wish.do === 'delete') askDelete(change, { ...base, kind: 'vm.delete' });
  else if (wish.do === 'power') askPower(change, { ...base, kind: 'vm.power', power: { action: 'ON' } });
  else if (wish.do === 'resize') {
    const resize = { cpus: wish.cpus, disks: [{ sizeGib: wish.diskGib }] };
    askResize(change, { ...base, kind: 'vm.resize', resize });
  } else askSnapshot(change, { ...base, ...snapshotOf(change, id, wish) });
}

/** Names tell nothing; of those that are there, one is meant. */
function snapshotOf(
  change: Change,
  id: OperationId,
  wish: Extract<Wish, { readonly do: 'snapshot' } | { readonly nth: number }>,
): Pick<SnapshotOrder, 'kind' | 'snapshot'> {
  if (wish.do === 'snapshot') {
    const snapshot = { action: 'create', name: `s-${id}`, description: '', memory: false } as const;
    return { kind: 'vm.snapshot.create', snapshot };
  }
  const { snapshots } = change.vm.doc;
  const snapshotId = snapshots[wish.nth % Math.max(1, snapshots.length)]?.id ?? '';
  return { kind: `vm.snapshot.${wish.do}`, snapshot: { action: wish.do, snapshotId } };
}

function askSnapshot(change: Change, order: SnapshotOrder): void {
  const error = snapshotRefusal(change, order, 3);
  const goal = error === null ? snapshotGoalOf(change, order) : undefined;
  if (goal !== undefined) admitSnapshot(change, order, goal, null);
  else if (error !== null) refuse(change, order, placeOf(change.vm.doc), error);
}

function askResize(change: Change, order: ResizeOrder): void {
  const error = resizeRefusal(change, order, undefined);
  if (error !== null) refuse(change, order, placeOf(change.vm.doc), error);
  else
    admitResize(change, order, resizeGoalOf(change, order, undefined), {
      quotaError: null,
      policy: { kind: 'approve', rule: null },
      price: null,
      quota: [],
    });
}

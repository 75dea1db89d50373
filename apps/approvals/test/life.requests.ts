import type { OperationId } from '@dcm/contracts';
import { placeOf } from '../src/operations/begin.mapper';
import type { Change } from '../src/operations/change';
import { askDelete, askPower } from '../src/requests/change.policy';
import { refuse } from '../src/requests/create.policy';
import { admitResize, resizeGoalOf, resizeRefusal, type ResizeOrder } from '../src/requests/resize.policy';
import type { Wish } from './life.steps';
import { tenantId } from './scene.builder';

/** Takes in what somebody asks of the VM, as the services do. */
export function askFor(change: Change, id: OperationId, wish: Exclude<Wish, { readonly do: 'cancel' }>): void {
  const base = { id, tenantId, requester: 'dave', payloadSha256: '', traceparent: null };
  if (wish.do === 'delete') askDelete(change, { ...base, kind: 'vm.delete' });
  else if (wish.do === 'power') askPower(change, { ...base, kind: 'vm.power', power: { action: 'ON' } });
  else {
    const resize = { cpus: wish.cpus, disks: [{ sizeGib: wish.diskGib }] };
    askResize(change, { ...base, kind: 'vm.resize', resize });
  }
}

function askResize(change: Change, order: ResizeOrder): void {
  const error = resizeRefusal(change, order, undefined);
  if (error !== null) refuse(change, order, placeOf(change.vm.doc), error);
  else admitResize(change, order, resizeGoalOf(change, order, undefined), { quotaError: null, reasonsToAsk: [] });
}

import { operationIdOf } from '@dcm/runtime';
import type { VmStatus } from '@dcm/contracts';
import { beginOperation, placeOf } from './begin.mapper';
import type { Change } from './change';
import { systemRequester } from './ending.policy';
import { askedAmounts, atPrice, plannedAmounts } from './plan.mapper';
import { nativeIdsWith, seenOf } from './vm-status.mapper';
import { waitFor } from './waiting.mapper';

/** Takes into account that a VM exists which nobody wants any more: its quota is taken again, whether it fits or not, and it is deleted. */
export function cleanUp(change: Change, status: VmStatus): void {
  const { vm } = change;
  change.tellVm('seen', seenOf(vm.doc, status), {
    nativeIds: nativeIdsWith(vm.nativeIds, status),
    isSettled: true,
    absentAt: null,
    looks: {},
  });
  rehold(change);
  startSystemDelete(change);
}

function rehold(change: Change): void {
  const { spec, plan, planPrice } = change.vm;
  if (spec === null) return;
  const amounts = plan === null ? askedAmounts(spec) : plannedAmounts(spec, plan);
  change.ledger = { kind: 'rehold', amounts: atPrice(amounts, planPrice) };
}

/** A delete that DCM asks of itself, unless somebody's delete is under way. */
function startSystemDelete(change: Change): void {
  if (change.open.some((operation) => operation.holdsVm)) return;
  const { doc } = change.vm;
  const id = operationIdOf(systemRequester, `delete:${doc.id}:${doc.seq}`);
  const order = { id, kind: 'vm.delete', tenantId: doc.tenantId, requester: systemRequester } as const;
  const begun = beginOperation({ ...order, payloadSha256: '', traceparent: null }, placeOf(doc), {
    now: change.now,
    timing: change.scene.timing,
  });
  const waitingFor = waitFor.capacity(change.site.name, new Date(begun.doc.deadlineAt));
  const queued = { ...begun.doc, state: 'queued', step: 'queued', waitingFor } as const;
  change.begin({ ...begun, doc: queued, nextAt: change.now }, systemRequester);
}

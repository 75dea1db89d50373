import type { Lifecycle, OperationId, OperationKind } from '@dcm/contracts';
import type { Change } from '../operations/change';
import { askForPlan, isPlanOld } from '../operations/planning.policy';
import { isOfferOld, judgeAgain } from '../operations/resize-offer.policy';
import { earliest, after } from '../operations/timing';
import { waitFor } from '../operations/waiting.mapper';
import type { Admission } from '../policies/admission.policy';
import { workCommand } from './command.mapper';
import type { Gate } from './gate.policy';

type ClosedGate = Extract<Gate, { isOpen: false }>;

const lifecycles: Readonly<Partial<Record<OperationKind, Lifecycle>>> = {
  'vm.create': 'provisioning',
  'vm.resize': 'reconfiguring',
  'vm.snapshot.revert': 'reconfiguring',
  'vm.delete': 'deleting',
};

/** The longest time after which an unclaimed message is sent again. */
const longestSendMs = 600_000;

/**
 * Hands the next attempt of a queued operation to its site's provisioners; a create whose plan is old has it asked for again first, and a
 * resize whose price is old is judged once more.
 * @param admission of the locked quota, where some offer is old
 */
export function dispatch(change: Change, id: OperationId, admission: Admission): void {
  if (isPlanOld(change, id)) {
    askForPlan(change, id);
    return;
  }
  if (isOfferOld(change, id) && !judgeAgain(change, id, admission)) return;
  const before = change.operation(id);
  const until = claimUntil(change, id, 0);
  const doc = {
    state: 'running',
    attempt: before.doc.attempt + 1,
    step: 'dispatched',
    waitingFor: waitFor.claim(change.site.name, until),
  } as const;
  const work = { sends: 1, worker: null, leaseUntil: null, nextAt: null, quietAt: null };
  change.move(id, 'dispatched', { doc, work });
  const lifecycle = lifecycles[before.doc.kind];
  if (lifecycle !== undefined && lifecycle !== change.vm.doc.lifecycle) change.tellVm(lifecycle, { lifecycle });
  sendWork(change, id);
}

/** Nobody claimed the attempt in time: its message is sent again, ever more seldom. A second copy is dropped by the claim. */
export function sendAgain(change: Change, id: OperationId): void {
  const { sends } = change.operation(id);
  const waitingFor = waitFor.claim(change.site.name, claimUntil(change, id, sends));
  change.move(id, 'sent-again', { doc: { waitingFor }, work: { sends: sends + 1 } });
  sendWork(change, id);
}

/** Shows that a due operation waits for a free place. */
export function waitForPlace(change: Change, id: OperationId): void {
  const deadline = new Date(change.operation(id).doc.deadlineAt);
  change.move(id, 'queued', { doc: { waitingFor: waitFor.capacity(change.site.name, deadline) } });
}

/** Shows that a due operation waits because the site's cap is reached. */
export function waitForCap(change: Change, id: OperationId): void {
  const deadline = new Date(change.operation(id).doc.deadlineAt);
  change.move(id, 'queued', { doc: { waitingFor: waitFor.cap(change.site.name, deadline) } });
}

/** Shows that a due operation waits for its site. */
export function waitForSite(change: Change, id: OperationId, { isCircuit, reason, until }: ClosedGate): void {
  const deadline = new Date(change.operation(id).doc.deadlineAt);
  const wait = isCircuit ? waitFor.circuit : waitFor.site;
  const waitingFor =
    until === null || until > deadline
      ? wait(change.site.name, reason, deadline, 'it expires')
      : wait(change.site.name, reason, until);
  change.move(id, 'queued', { doc: { waitingFor } });
}

const claimUntil = (change: Change, id: OperationId, sends: number): Date => {
  const waitMs = Math.min(longestSendMs, change.scene.timing.dispatchTimeoutMs * 2 ** Math.min(sends, 10));
  return earliest(after(change.now, waitMs), new Date(change.operation(id).doc.deadlineAt));
};

function sendWork(change: Change, id: OperationId): void {
  const { now, scene, vm } = change;
  change.send(workCommand({ now, installation: scene.installation, vm }, change.operation(id)));
}

import type { Fact, Operation, OperationId } from '@dcm/contracts';
import type { Change } from './change';
import type { OperationRecord } from './operation.entity';
import { openGate } from './outcome.policy';
import { waitFor } from './waiting.mapper';

type Progress = Fact<'io.dcm.fact.progress.v1'>;

/** At most so often is a mere percent told: everybody who watches gets the whole state each time. */
const quietMs = 500;

const isAtWork = ({ doc }: OperationRecord, { attempt }: Progress): boolean =>
  doc.state === 'running' && attempt === doc.attempt;

const isCheckpoint = ({ resume }: OperationRecord, fact: Progress): boolean =>
  fact.resume !== undefined && fact.resume !== resume;

/** Whether everybody should be told: each new step at once, a mere percent not too soon after the last. */
function isWorthTelling(doc: Operation, { percent, step }: Progress, now: Date): boolean {
  if (step !== doc.step) return true;
  return percent > doc.percent && now.getTime() - new Date(doc.updatedAt).getTime() >= quietMs;
}

/** Whether a progress fact changes anything. */
export const isNews = (operation: OperationRecord, fact: Progress, now: Date): boolean =>
  isAtWork(operation, fact) && (isCheckpoint(operation, fact) || isWorthTelling(operation.doc, fact, now));

/**
 * Shows how far an attempt has come. Percent never falls, not even when a retry begins anew. A checkpoint is kept for the next attempt.
 * A step is told when it begins, before the hypervisor has answered, and so ends no pause of the site. A percent that grows within a step is the
 * hypervisor's own: while a long clone goes on, others need not wait for its end.
 */
export function attemptProgressed(change: Change, id: OperationId, fact: Progress): void {
  const operation = change.operation(id);
  const { doc } = operation;
  if (!isAtWork(operation, fact)) return;
  if (isCheckpoint(operation, fact)) change.note(id, { resume: fact.resume ?? null });
  if (!isWorthTelling(doc, fact, change.now)) return;
  if (fact.step === doc.step) openGate(change);
  const percent = Math.max(doc.percent, Math.min(99, fact.percent));
  change.move(id, 'progress', { doc: { percent, step: fact.step, waitingFor: waitOf(change, operation, fact) } });
}

/** A worker that is told to stop is waited for, whatever it waits for itself. */
function waitOf({ vm, site }: Change, { doc, stop }: OperationRecord, fact: Progress): Operation['waitingFor'] {
  const until = new Date(doc.deadlineAt);
  if (stop !== null) return doc.waitingFor;
  if (fact.waitsFor === 'guest') return waitFor.guest(vm.doc.name, fact.step, until);
  return doc.waitingFor?.kind === 'guest' ? waitFor.worker(site.name, until) : doc.waitingFor;
}

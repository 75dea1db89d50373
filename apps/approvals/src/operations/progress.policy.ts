import type { Fact, Operation, OperationId } from '@dcm/contracts';
import type { Change } from './change';
import { openGate } from './outcome.policy';

type Progress = Fact<'io.dcm.fact.progress.v1'>;

/** At most so often is a mere percent told: everybody who watches gets the whole state each time. */
const quietMs = 500;

/** Whether a progress fact says something new of the attempt at work, and not too soon after the last. */
export function isNews(doc: Operation, { attempt, percent, step }: Progress, now: Date): boolean {
  if (doc.state !== 'running' || attempt !== doc.attempt) return false;
  if (step !== doc.step) return true;
  return percent > doc.percent && now.getTime() - new Date(doc.updatedAt).getTime() >= quietMs;
}

/** Shows how far an attempt has come. Percent never falls, not even when a retry begins anew. */
export function attemptProgressed(change: Change, id: OperationId, fact: Progress): void {
  const { doc } = change.operation(id);
  if (!isNews(doc, fact, change.now)) return;
  openGate(change);
  const percent = Math.max(doc.percent, Math.min(99, fact.percent));
  change.move(id, 'progress', { doc: { percent, step: fact.step } });
}

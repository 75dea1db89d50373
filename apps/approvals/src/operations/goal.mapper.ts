import { noAmount } from '@dcm/contracts';
import type { Doubt, Goal, SizeGoal } from './goal.entity';

/** What was stored before a dimension was counted has none of it. */
const complete = <T extends Pick<SizeGoal, 'before'>>(sized: T): T => ({
  ...sized,
  before: { ...noAmount, ...sized.before },
});

const completeGoal = <T extends SizeGoal>(goal: T): T => ({
  ...complete(goal),
  amounts: { ...noAmount, ...goal.amounts },
});

/** An operation's goal as it was stored, by whichever version. */
export function goalOf(stored: Goal | null): Goal | null {
  if (stored === null) return null;
  const { resize, snapshot } = stored;
  return {
    ...stored,
    ...(resize === undefined ? {} : { resize: completeGoal(resize) }),
    ...(snapshot?.revertsTo === undefined
      ? {}
      : { snapshot: { ...snapshot, revertsTo: completeGoal(snapshot.revertsTo) } }),
  };
}

/** A VM's doubt as it was stored, by whichever version. */
export const doubtOf = (stored: Doubt | null): Doubt | null =>
  stored?.size === undefined ? stored : { ...stored, size: complete(stored.size) };

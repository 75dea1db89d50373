/** What a check found. `offenders` are ids with what is wrong with each. */
export interface Finding {
  /** I1 to I8 of the promises, R1 the read model, D1 deadlines. */
  readonly invariant: string;
  readonly title: string;
  /** How many things were looked at. */
  readonly counted: number;
  readonly offenders: readonly string[];
  /** Why it was not checked; absent: it was. */
  readonly skipped?: string;
}

/** What of the figures is expected. */
export interface Expectations {
  /** Dead letters that a test has caused on purpose. */
  readonly deadLetters: number;
  /** How long after its deadline an operation may end: a lease and the longest call, after which nobody can act any more. */
  readonly deadlineSlackMs: number;
}

export const isViolated = ({ offenders }: Finding): boolean => offenders.length > 0;

const shown = 10;

/** One line per invariant: `ok I2  at most one VM per mark (12)`. */
export function lineOf({ invariant, title, counted, offenders, skipped }: Finding): string {
  const head = `${invariant.padEnd(3)} ${title}`;
  if (skipped !== undefined) return `--  ${head}: not checked: ${skipped}`;
  if (offenders.length === 0) return `ok  ${head} (${counted})`;
  const more = offenders.length > shown ? [`and ${offenders.length - shown} more`] : [];
  return [`BAD ${head}: ${offenders.length} of ${counted}`, ...offenders.slice(0, shown), ...more].join('\n      ');
}

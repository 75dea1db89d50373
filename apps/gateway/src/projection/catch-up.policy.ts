import type { ProjectionMark } from './projection-mark';

/** What was seen at one look: the read model and, where it is known, the journal's last position. */
export interface Look {
  readonly mark: ProjectionMark;
  readonly head: number;
}

/**
 * Whether rows must be pulled from the journal: at the first look everything that is missing, later only when the read model stands still
 * behind a head that was there at the look before. While it moves, the events are on their way.
 */
export function mustPull(now: Look, before: Look | undefined): boolean {
  if (now.head <= now.mark.watermark) return false;
  if (before === undefined) return true;
  return now.mark.watermark === before.mark.watermark && before.head > now.mark.watermark;
}

/** Whether a gap that was seen a moment ago is still open. */
export const isGapStill = (now: ProjectionMark, seen: ProjectionMark | undefined): boolean =>
  seen !== undefined && now.hasGap && now.watermark === seen.watermark;

import { decodeMark, encodeMark, isSameOwnership, type Mark, type Ownership } from '@dcm/contracts';

/** What of a VM tells whose it is. */
export interface Marked {
  /** VMM's id of the VM, which a copy does not have. */
  readonly id: string;
  readonly description: string;
}

/**
 * sealed: the mark names this very VM. unsealed: the mark as it is written in the creating call, when nobody knows the id
 * yet. foreign: somebody else's, nobody's, or an administrator's copy.
 */
export type Standing = 'sealed' | 'unsealed' | 'foreign';

/** How a creation that follows a failed one is told from it. */
const TRY = /^try-(\d+)$/;

const NOTE = 'Made by DCM. The line above says whose it is: without it DCM does not touch this VM.';
const describe = (mark: string): string => `${mark}\n${NOTE}`;

/** The mark without an identity: what the server is asked for. */
export const bareMark = (ownership: Ownership): string => encodeMark(ownership);

/** The description for the creating call. @param attempt counts from 1 */
export const birthDescription = (ownership: Ownership, attempt: number): string =>
  describe(attempt === 1 ? encodeMark(ownership) : encodeMark(ownership, `try-${attempt}`));

/** The description of a finished VM; what people wrote below the mark stays. */
export function sealedDescription(ownership: Ownership, { id, description }: Marked): string {
  const rest = description.split('\n').slice(1).join('\n').trim();
  const mark = encodeMark(ownership, id.toLowerCase());
  return rest === '' ? describe(mark) : `${mark}\n${rest}`;
}

/** Whose the VM is, for somebody who looks for this owner's. */
export function standingOf(vm: Marked, wanted: Ownership): Standing {
  const mark = readMark(vm);
  if (mark === null || !isSameOwnership(mark.ownership, wanted)) return 'foreign';
  return originOf(vm, mark);
}

/** The owner whom the mark names; null for a VM without a mark, and for a copy. */
export function ownerOf(vm: Marked): Ownership | null {
  const mark = readMark(vm);
  return mark !== null && originOf(vm, mark) !== 'foreign' ? mark.ownership : null;
}

const readMark = ({ description }: Marked): Mark | null => decodeMark(description.split('\n')[0] ?? '');

function originOf({ id }: Marked, { nativeIdentity }: Mark): Standing {
  if (nativeIdentity === null || TRY.test(nativeIdentity)) return 'unsealed';
  return nativeIdentity === id.toLowerCase() ? 'sealed' : 'foreign';
}

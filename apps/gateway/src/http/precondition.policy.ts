import { DcmError } from '@dcm/contracts';

/** The entity tag of a state: its sequence number. */
export const etagOf = (state: { readonly seq: number }): string => `"${state.seq}"`;

/** What `If-Match` names; undefined when it is absent or takes whatever there is. */
function tagsOf(ifMatch: string | undefined): string[] | undefined {
  const tags = ifMatch?.split(',').map((tag) => tag.trim());
  return tags?.includes('*') === true ? undefined : tags;
}

/**
 * Compares `If-Match` with what the caller is about to change. `*` means whatever there is; weak tags never match.
 * @throws DcmError PRECONDITION_FAILED
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export function requireMatch(ifMatch: string | undefined, state: { readonly seq: number }): void {
  const tags = tagsOf(ifMatch);
  if (tags === undefined || tags.includes(etagOf(state))) return;
  throw new DcmError(
    'PRECONDITION_FAILED',
    `Unable to change it: it is at ${etagOf(state)}, not at ${tags.join(', ').slice(0, 100)}`,
    {
      details: [{ pointer: 'header/If-Match', message: `must name the current state ${etagOf(state)}` }],
    },
  );
}

/**
 * The sequence number that the state must still have when the change is decided upon: what is compared here is the read model, which
 * may be behind, and two callers may have read the same.
 * @returns undefined when the caller did not ask for a certain state.
 * @throws DcmError PRECONDITION_FAILED
 */
export function expectedSeqOf(ifMatch: string | undefined, state: { readonly seq: number }): number | undefined {
  requireMatch(ifMatch, state);
  return tagsOf(ifMatch) === undefined ? undefined : state.seq;
}

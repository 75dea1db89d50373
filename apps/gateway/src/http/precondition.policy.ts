import { DcmError } from '@dcm/contracts';

/** The entity tag of a state: its sequence number. */
export const etagOf = (state: { readonly seq: number }): string => `"${state.seq}"`;

/**
 * Compares `If-Match` with what the caller is about to change. `*` means whatever there is; weak tags never match.
 * @throws DcmError PRECONDITION_FAILED
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.1
 */
export function requireMatch(ifMatch: string | undefined, state: { readonly seq: number }): void {
  if (ifMatch === undefined) return;
  const tags = ifMatch.split(',').map((tag) => tag.trim());
  if (tags.includes('*') || tags.includes(etagOf(state))) return;
  throw new DcmError(
    'PRECONDITION_FAILED',
    `Unable to change it: it is at ${etagOf(state)}, not at ${ifMatch.slice(0, 100)}`,
    {
      details: [{ pointer: 'header/If-Match', message: `must name the current state ${etagOf(state)}` }],
    },
  );
}

const MAX_LENGTH = 80;

/** vCenter stores `/ \ %` escaped and shows them in three ways; control characters have no place in a name. */
const UNSAFE = /[/\\%\p{Cc}\p{Cs}\u2028\u2029]/u;

/**
 * Why vCenter cannot have a VM of this name, for people; undefined when it can.
 * @see https://github.com/vmware/govmomi/issues/592
 */
export function nameProblem(name: string): string | undefined {
  if (name === '' || name.trim() !== name) return 'a name must not be empty, nor begin or end with white space';
  if (Array.from(name).length > MAX_LENGTH) return `a name can have at most ${MAX_LENGTH} characters`;
  if (UNSAFE.test(name)) return 'a name must hold neither / nor \\ nor % nor control characters';
  return undefined;
}

const MAX_LENGTH = 100;

/** What VMM refuses in names, what means a pattern to its cmdlets, and what has no place in a name. */
const UNSAFE = /[\\/:*?"<>|#[\]&;=%'`$@{}^]|[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** Why VMM cannot have a VM of this name, for people; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (name === '' || name.trim() !== name) return 'a name must not be empty, nor begin or end with white space';
  if (Array.from(name).length > MAX_LENGTH) return `a name can have at most ${MAX_LENGTH} characters`;
  if (name.startsWith('.') || name.endsWith('.')) return 'a name must neither begin nor end with a dot';
  if (UNSAFE.test(name))
    return 'a name must hold neither \\ / : * ? " < > | nor other signs that VMM gives a meaning to';
  return undefined;
}

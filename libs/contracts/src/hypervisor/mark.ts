import { DcmError } from '../errors/dcm.error';
import type { Ownership } from './vm';

/** An ownership mark as read from a VM. `nativeIdentity` names the VM that it was written for, where the platform knows it beforehand. */
export interface Mark {
  readonly ownership: Ownership;
  readonly nativeIdentity: string | null;
}

const prefix = 'dcm:v1';
const slug = '[a-z0-9][a-z0-9-]{0,62}';
const part = new RegExp(`^${slug}$`);

/**
 * The mark as one line of printable ASCII: `dcm:v1:<installation>:<tenant>:<project>:<instance>[:<native identity>]`.
 * @param nativeIdentity what only the original has (a VMID, an instance UUID): a copy made by an administrator keeps the mark but not this.
 * @throws DcmError INTERNAL when a part is not a lower-case UUID or slug.
 */
export function encodeMark(ownership: Ownership, nativeIdentity?: string): string {
  const parts = [ownership.installation, ownership.tenant, ownership.project, ownership.instance];
  const broken = parts.find((one) => !part.test(one));
  if (broken !== undefined) {
    throw new DcmError(
      'INTERNAL',
      `Unable to write an ownership mark: "${broken}" is neither a lower-case UUID nor a slug`,
    );
  }
  return [prefix, ...parts, ...(nativeIdentity === undefined ? [] : [encodeURIComponent(nativeIdentity)])].join(':');
}

const identityOf = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const whole = new RegExp(`^${prefix}:(${slug}):(${slug}):(${slug}):(${slug})(?::([^:]+))?$`);

/** Reads a mark; white space around it is ignored. @returns null for any text that `encodeMark` does not write. */
export function decodeMark(text: string): Mark | null {
  const [, installation, tenant, project, instance = '', identity] = whole.exec(text.trim()) ?? [];
  if (installation === undefined || tenant === undefined || project === undefined) return null;
  const nativeIdentity = identity === undefined ? null : identityOf(identity);
  return nativeIdentity === undefined
    ? null
    : { ownership: { installation, tenant, project, instance }, nativeIdentity };
}

/** Whether a VM's mark is exactly the wanted one; a VM without a mark belongs to nobody. */
export const isSameOwnership = (found: Ownership | null, wanted: Ownership): boolean =>
  found !== null &&
  found.installation === wanted.installation &&
  found.tenant === wanted.tenant &&
  found.project === wanted.project &&
  found.instance === wanted.instance;

/** The VM's name on the platform: `<name>-<first 8 hex digits of the instance's id>`; at most 62 characters for a valid name. */
export const platformNameOf = (name: string, instanceId: string): string =>
  `${name}-${instanceId.replaceAll('-', '').slice(0, 8)}`;

import { DcmError, type CreateVm, type Site, type VmId } from '@dcm/contracts';
import { seal } from '@dcm/runtime';

/** How soon a site that never announced itself may have done so. */
const announceMs = 30_000;

/** What of a guest only its site may read. */
const secretFields = ['userData', 'adminPassword'] as const;
type SecretField = (typeof secretFields)[number];

const secretsOf = ({ guest }: Pick<CreateVm, 'guest'>): [SecretField, string][] =>
  secretFields.flatMap((field): [SecretField, string][] => {
    const secret = guest[field];
    return secret === undefined ? [] : [[field, secret]];
  });

export const hasGuestSecrets = (body: CreateVm): boolean => secretsOf(body).length > 0;

/** Says that there is a secret, and no more. */
const redacted = 'sealed:v1:';

/** The body with its guest's secrets taken out: whoever only wants to know what a VM would be hands on none. */
export function withoutGuestSecrets<B extends Pick<CreateVm, 'guest'>>(body: B): B {
  const marks = Object.fromEntries(secretsOf(body).map(([field]) => [field, redacted]));
  return { ...body, guest: { ...body.guest, ...marks } };
}

/**
 * The body with the guest's user data and administrator's password sealed for its site and VM, so that they are stored nowhere in the
 * clear. It binds them to the VM: moved to another they do not open.
 * @throws DcmError SITE_UNAVAILABLE while the site has announced no key.
 */
export function sealGuestSecrets(body: CreateVm, site: Site, vmId: VmId): CreateVm {
  const secrets = secretsOf(body);
  const { sealingKey } = site;
  if (sealingKey === null) throw noKey(site, secrets);
  const sealed: Partial<Record<SecretField, string>> = {};
  for (const [field, secret] of secrets) sealed[field] = seal(sealingKey, secret, vmId);
  return { ...body, guest: { ...body.guest, ...sealed } };
}

function noKey(site: Site, secrets: readonly [SecretField, string][]): DcmError {
  const cause = `site ${site.name} has announced no key yet`;
  return new DcmError('SITE_UNAVAILABLE', `Unable to seal the guest's secrets: ${cause}`, {
    retryAfterMs: announceMs,
    details: secrets.map(([field]) => ({ pointer: `/guest/${field}`, message: `cannot be sealed: ${cause}` })),
  });
}

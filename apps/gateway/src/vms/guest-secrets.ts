import {
  DcmError,
  guestSecretsOf,
  replaceGuestSecrets,
  type CreateVm,
  type MemberSecrets,
  type Site,
  type VmId,
} from '@dcm/contracts';
import { seal } from '@dcm/runtime';

/** How soon a site that never announced itself may have done so. */
const announceMs = 30_000;

export const hasGuestSecrets = ({ guest }: Pick<CreateVm, 'guest'>): boolean => guestSecretsOf(guest).length > 0;

/** Says that there is a secret, and no more. */
const redacted = 'sealed:v1:';

/** The body with its guest's secrets taken out: whoever only wants to know what a VM would be hands on none. */
export function withoutGuestSecrets<B extends Pick<CreateVm, 'guest'>>(body: B): B {
  return { ...body, guest: replaceGuestSecrets(body.guest, () => redacted) };
}

/**
 * The body with the guest's user data and passwords sealed for its site and VM, so that they are stored nowhere in the clear. It binds
 * them to the VM: moved to another they do not open.
 * @throws DcmError SITE_UNAVAILABLE while the site has announced no key.
 */
export function sealGuestSecrets(body: CreateVm, site: Site, vmId: VmId): CreateVm {
  const { sealingKey } = site;
  if (sealingKey === null) throw noKey(site, body);
  return { ...body, guest: replaceGuestSecrets(body.guest, ({ secret }) => seal(sealingKey, secret, vmId)) };
}

/** Nothing but the secrets of a guest: they are sealed once for each of several VMs. */
export const secretsOf = ({ guest: { userData, adminPassword, domain } }: Pick<CreateVm, 'guest'>): MemberSecrets => ({
  ...(userData !== undefined && { userData }),
  ...(adminPassword !== undefined && { adminPassword }),
  ...(domain !== undefined && { domain: { password: domain.password } }),
});

function noKey(site: Site, { guest }: CreateVm): DcmError {
  const cause = `site ${site.name} has announced no key yet`;
  return new DcmError('SITE_UNAVAILABLE', `Unable to seal the guest's secrets: ${cause}`, {
    retryAfterMs: announceMs,
    details: guestSecretsOf(guest).map(({ pointer }) => ({ pointer, message: `cannot be sealed: ${cause}` })),
  });
}

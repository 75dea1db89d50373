import { DcmError, type CreateVm, type Site, type VmId } from '@dcm/contracts';
import { seal } from '@dcm/runtime';

/** How soon a site that never announced itself may have done so. */
const announceMs = 30_000;

/**
 * The body with the guest's user data sealed for its site and VM, so that it is stored nowhere in the clear. It binds the text to the VM:
 * moved to another it does not open.
 * @throws DcmError SITE_UNAVAILABLE while the site has announced no key.
 */
export function sealGuestSecrets(body: CreateVm, site: Site, vmId: VmId): CreateVm {
  const { userData } = body.guest;
  if (userData === undefined) return body;
  if (site.sealingKey === null) {
    throw new DcmError('SITE_UNAVAILABLE', `Unable to seal the user data: site ${site.name} has announced no key yet`, {
      retryAfterMs: announceMs,
    });
  }
  return { ...body, guest: { ...body.guest, userData: seal(site.sealingKey, userData, vmId) } };
}

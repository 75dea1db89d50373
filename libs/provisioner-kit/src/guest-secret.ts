import { DcmError, guestSecretsOf, replaceGuestSecrets, type ResolvedVm, type VmId } from '@dcm/contracts';
import { isSealed, openSealed, type SealingKey } from '@dcm/runtime';

/**
 * The VM with its guest's user data and passwords opened, right before the adapter needs them.
 * @throws DcmError INVALID_REQUEST when one was not sealed for this site and VM.
 */
export function withOpenedSecret(vm: ResolvedVm, key: SealingKey, instanceId: VmId): ResolvedVm {
  const { guest, platformName } = vm.spec;
  if (guestSecretsOf(guest).length === 0) return vm;
  const opened = replaceGuestSecrets(guest, ({ secret, what }) => {
    if (isSealed(secret)) return openSealed(key.privateKey, secret, instanceId);
    throw new DcmError('INVALID_REQUEST', `Unable to use the ${what} of VM ${platformName}: it is not sealed`);
  });
  return { ...vm, spec: { ...vm.spec, guest: opened } };
}

import { DcmError, type ResolvedVm, type VmId } from '@dcm/contracts';
import { isSealed, openSealed, type SealingKey } from '@dcm/runtime';

/**
 * The VM with its guest's user data opened, right before the adapter needs it.
 * @throws DcmError INVALID_REQUEST when it was not sealed for this site and VM.
 */
export function withOpenedSecret(vm: ResolvedVm, key: SealingKey, instanceId: VmId): ResolvedVm {
  const { userData } = vm.spec.guest;
  if (userData === null) return vm;
  if (!isSealed(userData)) {
    throw new DcmError(
      'INVALID_REQUEST',
      `Unable to use the user data of VM ${vm.spec.platformName}: it is not sealed`,
    );
  }
  const opened = openSealed(key.privateKey, userData, instanceId);
  return { ...vm, spec: { ...vm.spec, guest: { ...vm.spec.guest, userData: opened } } };
}

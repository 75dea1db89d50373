import { DcmError, type ResolvedVm, type VmId } from '@dcm/contracts';
import { isSealed, openSealed, type SealingKey } from '@dcm/runtime';

/**
 * The VM with its guest's user data and administrator's password opened, right before the adapter needs them.
 * @throws DcmError INVALID_REQUEST when one was not sealed for this site and VM.
 */
export function withOpenedSecret(vm: ResolvedVm, key: SealingKey, instanceId: VmId): ResolvedVm {
  const { guest, platformName } = vm.spec;
  const open = (secret: string, what: string): string => {
    if (isSealed(secret)) return openSealed(key.privateKey, secret, instanceId);
    throw new DcmError('INVALID_REQUEST', `Unable to use the ${what} of VM ${platformName}: it is not sealed`);
  };
  const { userData, adminPassword = null } = guest;
  if (userData === null && adminPassword === null) return vm;
  const opened = {
    ...(userData !== null && { userData: open(userData, 'user data') }),
    ...(adminPassword !== null && { adminPassword: open(adminPassword, "administrator's password") }),
  };
  return { ...vm, spec: { ...vm.spec, guest: { ...guest, ...opened } } };
}

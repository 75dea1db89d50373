import type { HypervisorReason } from '@dcm/contracts';

/** No object has this id. */
export const NOT_FOUND = 801;
/** The process has no connection to the VMM server, or has lost it. */
export const NOT_CONNECTED = 1615;
/** Another job works on the object. */
export const LOCKED = 2606;
/** The VM is in another state than the operation needs. */
export const WRONG_STATES: ReadonlySet<number> = new Set([809, 1730]);

/**
 * Numbers of VMM's errors and what they mean for DCM. The texts beside them are localized. 1601, 1602 and 1615 were seen
 * in reports of others; the rest is from documentation and experience, and is to be checked on a real server.
 * @see https://learn.microsoft.com/system-center/vmm/ (error codes)
 */
export const VMM_CODES: ReadonlyMap<number, HypervisorReason> = new Map([
  [NOT_FOUND, 'VM_NOT_FOUND'],
  [809, 'INVALID_POWER_STATE'], // not in the VM's state
  [1601, 'SITE_UNREACHABLE'], // the VMM service cannot be reached
  [1602, 'SITE_UNREACHABLE'], // it does not respond
  [1604, 'MISSING_PRIVILEGE'], // no access to the VMM server
  [1605, 'MISSING_PRIVILEGE'], // the role does not allow it
  [NOT_CONNECTED, 'SESSION_EXPIRED'],
  [1700, 'INVALID_SPEC'], // a name that VMM cannot have
  [1707, 'GUEST_TOOLS_MISSING'], // no integration services to shut the guest down
  [1730, 'INVALID_POWER_STATE'], // not while it runs
  [LOCKED, 'TASK_IN_PROGRESS'],
  [2912, 'PLATFORM_ERROR'], // an internal error of a host's agent
  [2915, 'SITE_UNREACHABLE'], // a host does not answer WinRM
  [2927, 'SITE_UNREACHABLE'], // a host's agent does not answer
  [10626, 'STORAGE_FULL'], // not enough space
  [10637, 'INSUFFICIENT_CAPACITY'], // no host suits
  [10638, 'INSUFFICIENT_CAPACITY'], // the host has not enough memory
  [10639, 'STORAGE_FULL'], // the host has not enough disk space
  [12700, 'INSUFFICIENT_CAPACITY'], // the host could not start it, for want of memory in most cases
  [23008, 'INVALID_SPEC'], // the VM or its host cannot have what is asked
  [25701, 'INSUFFICIENT_CAPACITY'], // the quota of a cloud or role
  [25702, 'INSUFFICIENT_CAPACITY'],
  [25711, 'INSUFFICIENT_CAPACITY'],
]);

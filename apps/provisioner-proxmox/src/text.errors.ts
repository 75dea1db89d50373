import type { HypervisorReason } from '@dcm/contracts';
import { PveRefusal, PveTaskFailure, saysNoQuorum } from './client/pve.errors';

/** What an error means for DCM. */
export interface Meaning {
  readonly reason: HypervisorReason;
  /** For people, without action and place. */
  readonly cause: string;
  readonly retryAfterMs?: number;
  /** Where it differs from what the reason says. */
  readonly retryable?: boolean;
}

interface Row extends Omit<Meaning, 'cause'> {
  /** Which part of PVE writes it. */
  readonly emitter: string;
  readonly pattern: RegExp;
}

/** A lock is held for seconds, mostly. */
const LOCK_RETRY_MS = 5_000;

/**
 * PVE has no codes: what went wrong in a guest's call or task stands in its text only, the same one whether the call was
 * refused (500) or the task failed. The more special stands before the more general.
 * @see https://git.proxmox.com/ (qemu-server, pve-guest-common, pve-storage, pve-access-control, pve-manager)
 */
const TEXTS = {
  NO_SUCH_VM: {
    emitter: 'pve-cluster, qemu-server: the VM has no configuration on that node',
    pattern: /^(Configuration file '[^']+' does not exist|unable to find configuration file for VM \d+ on node )/,
    reason: 'VM_NOT_FOUND',
  },
  ID_TAKEN: {
    emitter: 'qemu-server, pve-cluster: the VMID is in use',
    pattern:
      /(^unable to create VM \d+( -|:).*already exists|config file already exists|^VM \d+ already exists|^close \(rename\) atomic file .*failed: File exists)/,
    reason: 'NUMBER_TAKEN',
  },
  BEING_MADE: {
    emitter: 'pve-guest-common: the VM is being created or cloned',
    pattern: /^VM is locked \((clone|create)\)/,
    reason: 'STILL_CREATING',
    retryAfterMs: LOCK_RETRY_MS,
  },
  LOCKED: {
    emitter: 'pve-guest-common: another task works on the VM',
    pattern: /^VM is locked \(/,
    reason: 'TASK_IN_PROGRESS',
    retryAfterMs: LOCK_RETRY_MS,
  },
  LOCK_TIMEOUT: {
    emitter: 'pve-common, pve-cluster: a lock file or a cluster-wide storage lock was held too long',
    pattern:
      /(can't lock file '[^']*' - got timeout|cfs-lock '[^']*' error: got lock (request )?timeout|can't (get|acquire) .*lock.*timeout)/,
    reason: 'TASK_IN_PROGRESS',
    retryAfterMs: LOCK_RETRY_MS,
  },
  STILL_RUNNING: {
    emitter: 'qemu-server: destroy of a VM that runs',
    pattern: /^VM \d+ is running - destroy failed/,
    reason: 'INVALID_POWER_STATE',
  },
  PROTECTED: {
    emitter: 'pve-guest-common: the protection flag is set',
    pattern: /^can't remove VM \d+ - protection mode enabled/,
    reason: 'UNSUPPORTED',
  },
  USED_IN_HA: {
    emitter: 'qemu-server: destroy of an HA resource without purge',
    pattern: /^unable to remove VM \d+ - used in HA resources/,
    reason: 'INVALID_SPEC',
  },
  AGENT_SILENT: {
    emitter: 'qemu-server: the guest agent does not answer',
    pattern: /^QEMU guest agent is not running/,
    reason: 'GUEST_TOOLS_MISSING',
  },
  AGENT_ABSENT: {
    emitter: 'qemu-server: the VM is configured without a guest agent',
    pattern: /^No QEMU guest agent configured/,
    reason: 'GUEST_TOOLS_MISSING',
  },
  GUEST_DEAF: {
    emitter: 'qemu-server: the guest did not shut down in time',
    pattern: /^VM quit\/powerdown failed/,
    reason: 'GUEST_TOOLS_MISSING',
  },
  NOT_RUNNING: {
    emitter: 'qemu-server: reset, reboot, suspend, resume or agent of a VM that is off',
    pattern: /^VM \d+ (is )?not running/,
    reason: 'INVALID_POWER_STATE',
  },
  ALREADY_RUNNING: {
    emitter: 'qemu-server: start of a VM that runs',
    pattern: /^VM \d+ already running/,
    reason: 'INVALID_POWER_STATE',
  },
  PAUSED: {
    emitter: 'qemu-server: shutdown of a paused VM',
    pattern: /^VM is paused - cannot shutdown/,
    reason: 'INVALID_POWER_STATE',
  },
  IS_TEMPLATE: {
    emitter: 'qemu-server: start of a template',
    pattern: /(you can't start a vm if it's a template|is a template)/i,
    reason: 'UNSUPPORTED',
  },
  DIGEST_MISMATCH: {
    emitter: 'pve-common: the configuration changed since it was read',
    pattern: /(detected modified configuration|checksum mismatch \(file change by other user\?\))/,
    reason: 'CONCURRENT_CHANGE',
  },
  ROOT_ONLY: {
    emitter: 'qemu-server: a setting that no token may change',
    pattern: /^only root can (set|use) /,
    reason: 'MISSING_PRIVILEGE',
  },
  NO_SUCH_NODE: {
    emitter: 'pve-cluster, pve-http-server: a node that the cluster does not have',
    pattern: /^(no such cluster node |hostname lookup '[^']*' failed)/,
    reason: 'PLACEMENT_NOT_FOUND',
  },
  NO_SUCH_POOL: {
    emitter: 'pve-access-control: a pool that the cluster does not have',
    pattern: /\bpool '[^']+' does not exist/,
    reason: 'PLACEMENT_NOT_FOUND',
  },
  NO_SUCH_STORAGE: {
    emitter: 'pve-storage: a storage that is not there, not active or not for this node',
    pattern:
      /(^No such storage\.|storage '[^']+' (does not exist|is not (available on node|online|active|enabled)|is disabled)|unable to activate storage)/,
    reason: 'STORAGE_NOT_FOUND',
  },
  STORAGE_FULL: {
    emitter: 'pve-storage and the tools that it runs',
    pattern: /(No space left on device|(not enough|insufficient) free space|out of space|Disk quota exceeded)/i,
    reason: 'STORAGE_FULL',
  },
  NO_MEMORY: {
    emitter: 'QEMU: the node has no memory for it',
    pattern: /(Cannot allocate memory|cannot set up guest memory|not enough memory)/i,
    reason: 'INSUFFICIENT_CAPACITY',
  },
  TOO_MANY_CPUS: {
    emitter: 'qemu-server: more CPUs than the node has',
    pattern: /^MAX \d+ vcpus allowed per VM on this node/,
    reason: 'INSUFFICIENT_CAPACITY',
    retryable: false,
  },
  NO_SUCH_BRIDGE: {
    emitter: 'pve-common: start of a VM whose bridge the node does not have',
    pattern: /(bridge|vnet) '[^']+' does not exist/,
    reason: 'NETWORK_NOT_FOUND',
  },
  NO_SHRINKING: {
    emitter: 'qemu-server: resize to less than it is',
    pattern: /^shrinking disks is not supported/,
    reason: 'INVALID_SPEC',
  },
  NOT_CLONABLE: {
    emitter: 'qemu-server: a clone that the storages do not allow',
    pattern: /(^parameter '[^']+' not allowed for linked clones|^can't clone (VM )?to |^(Linked|Full) clone feature )/,
    reason: 'INVALID_SPEC',
  },
  WRONG_PARAMETER: {
    emitter: 'qemu-server, pve-common: values that the schema lets pass',
    pattern:
      /^(no options specified|SSH public key validation error|unable to parse (value of|worker upid)|invalid urlencoded string)/,
    reason: 'INVALID_SPEC',
  },
  SNAPSHOT_TAKEN: {
    emitter: 'pve-guest-common: a snapshot of that name is there',
    pattern: /^snapshot name '[^']+' already used/,
    reason: 'NAME_CONFLICT',
  },
  SNAPSHOT_MISSING: {
    emitter: 'pve-guest-common: no snapshot of that name',
    pattern: /^snapshot '[^']+' does not exist/,
    reason: 'SNAPSHOT_NOT_FOUND',
  },
  NO_SNAPSHOTS: {
    emitter: 'pve-guest-common: a storage without snapshots',
    pattern: /snapshot feature is not available/,
    reason: 'UNSUPPORTED',
  },
  BASE_IN_USE: {
    emitter: 'pve-storage: a template that has linked clones',
    pattern: /^base volume '[^']+' is still in use by linked clone/,
    reason: 'UNSUPPORTED',
  },
  POOL_MEMBER: {
    emitter: 'pve-access-control: the VM is in a pool already',
    pattern: /^update pools failed: VM \d+ is already a pool member/,
    reason: 'CONCURRENT_CHANGE',
  },
  STOPPED_BY_HAND: {
    emitter: 'pve-common: somebody ended the task',
    pattern: /(^|: )(interrupted by signal|received interrupt)/,
    reason: 'CONCURRENT_CHANGE',
  },
  SLOW_START: {
    emitter: 'qemu-server: QEMU did not come up in time, and was ended',
    pattern: /^start failed: .*got timeout/,
    reason: 'CALL_TIMEOUT',
  },
} as const satisfies Record<string, Row>;

/** What PVE can be found to say. */
export type Said = keyof typeof TEXTS;

/** What a text means; undefined for one that is not known. */
export function meaningOf(text: string): Meaning | undefined {
  const row: Row | undefined = Object.values<Row>(TEXTS).find(({ pattern }) => pattern.test(text));
  if (row === undefined) return undefined;
  const { reason, retryAfterMs, retryable } = row;
  return {
    reason,
    cause: text,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(retryable !== undefined && { retryable }),
  };
}

/** Whether a refused call or a failed task says this. */
export function says(error: unknown, said: Said): boolean {
  const text = textOf(error);
  return text !== undefined && TEXTS[said].pattern.test(text);
}

/** Whether the node that was asked has no quorum. */
export function isNoQuorum(error: unknown): boolean {
  const text = textOf(error);
  return text !== undefined && saysNoQuorum(text);
}

/** The lock that a VM bears, such as `clone` or `backup`, when that is why a call was refused. */
export function lockOf(error: unknown): string | undefined {
  return /^VM is locked \((?<lock>[^)]+)\)/.exec(textOf(error) ?? '')?.groups?.['lock'];
}

function textOf(error: unknown): string | undefined {
  return error instanceof PveRefusal || error instanceof PveTaskFailure ? error.text : undefined;
}

import type { PowerState } from '@dcm/contracts';
import { readTags } from './mark.mapper';
import { readFlag, readNumber, readRecords, readString } from './reader.mapper';

/**
 * A VM in the list of all resources. VMID, node, lock, tags and pool are as they are now; name, status and template come
 * from broadcasts and are up to 20 seconds old.
 */
export interface VmEntry {
  readonly vmid: number;
  readonly node: string;
  readonly isQemu: boolean;
  readonly isTemplate: boolean;
  readonly lock: string | undefined;
  readonly tags: readonly string[];
  readonly name: string | undefined;
  /** `running`, `stopped`, or `unknown` until the first broadcast. */
  readonly status: string | undefined;
}

/** Reads GET /cluster/resources. */
export const readVmEntries = (resources: unknown): VmEntry[] =>
  readRecords(resources).flatMap((row) => {
    const vmid = readNumber(row['vmid']);
    const node = readString(row['node']);
    if (vmid === undefined || node === undefined) return [];
    return [
      {
        vmid,
        node,
        isQemu: row['type'] === 'qemu',
        isTemplate: readFlag(row['template']),
        lock: readString(row['lock']),
        tags: readTags(readString(row['tags'])),
        name: readString(row['name']),
        status: readString(row['status']),
      },
    ];
  });

/** The power state as the list shows it. */
export function powerIn({ status, lock }: VmEntry): PowerState {
  if (status === 'running') return 'on';
  if (status === 'paused') return 'suspended';
  if (status !== 'stopped') return 'unknown';
  return lock === 'suspended' ? 'suspended' : 'off';
}

/** Whether the list knows no more of the VM than that it is there. */
export const isFresh = ({ name, status }: VmEntry): boolean =>
  name === undefined || status === undefined || status === 'unknown';

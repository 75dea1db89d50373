import type { VmSpec } from '@dcm/contracts';
import type { Devices } from './device.mapper';
import { bytesOfGib, gibOf } from './size.mapper';

type Disks = Pick<VmSpec, 'disks'>;

/** What the VM's disks will hold together, in GiB; a part of one counts as a whole. */
export function diskTotal({ disks }: Disks, devices?: Pick<Devices, 'disks'>): number {
  const count = Math.max(disks.length, devices?.disks.length ?? 0);
  return Array.from({ length: count }, (_, index) => {
    const present = devices?.disks[index];
    return Math.max(disks[index]?.sizeGib ?? 0, present === undefined ? 0 : Math.ceil(gibOf(present.sizeBytes)));
  }).reduce((total, size) => total + size, 0);
}

/** Bytes that its disks take from a storage; a linked clone's own begin empty, whatever they will hold. */
export function diskBytes(spec: Disks, devices: Pick<Devices, 'disks'> | undefined, isLinked: boolean): number {
  const shared = isLinked && devices !== undefined ? diskTotal({ disks: [] }, devices) : 0;
  return bytesOfGib(diskTotal(spec, devices) - shared);
}

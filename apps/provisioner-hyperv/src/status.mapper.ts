import type { VmRow, VmStatus } from '@dcm/contracts';
import { addressesOf } from './address.mapper';
import type { ROW_FIELDS } from './machine.fields';
import { powerOf, readMarked, type Machine } from './machine.mapper';
import { ownerOf } from './mark.mapper';
import type { Row } from './powershell/rows';

const BYTES_PER_GIB = 1024 ** 3;

/** A size as people write it; a part of one GiB stays. */
export const gibOf = (bytes: number): number => Math.round((bytes / BYTES_PER_GIB) * 1000) / 1000;

/** What DCM says of a VM. VMM tells neither a version of its configuration nor when its guest started. */
export function statusOf(machine: Machine, observedAt: Date): VmStatus {
  const seenAt = observedAt.toISOString();
  return {
    nativeId: machine.id,
    name: machine.name,
    ownership: ownerOf(machine),
    complete: machine.phase !== 'building' && machine.phase !== 'failed',
    power: machine.power,
    nativeState: machine.status,
    cpus: machine.cpus ?? null,
    memoryMib: machine.memoryMib ?? null,
    disks: machine.disks.map(({ bytes }) => ({ sizeGib: gibOf(bytes) })),
    addresses: addressesOf(machine, seenAt),
    snapshots: machine.checkpoints.map(({ name, createdAt, isCurrent }) => ({ name, createdAt, isCurrent })),
    guestTools: toolsOf(machine),
    bootedAt: null,
    changeVersion: null,
    observedAt: seenAt,
  };
}

/** Of a guest that does not run, VMM tells what was true when it ran. */
function toolsOf({ power, hasGuestServices }: Machine): VmStatus['guestTools'] {
  if (power === 'unknown') return 'unknown';
  return power === 'on' && hasGuestServices ? 'running' : 'not-running';
}

/** A light row of a scan. */
export const rowOf = (row: Row<typeof ROW_FIELDS>): VmRow => ({
  nativeId: row.id ?? '',
  name: row.name,
  ownership: ownerOf(readMarked(row)),
  power: powerOf(row.status ?? ''),
});

import type { VmRow, VmStatus } from '@dcm/contracts';
import { addressesOf } from './address.mapper';
import { gibOf } from './device.mapper';
import type { Machine } from './machine.mapper';
import { ownerOf } from './mark.mapper';

/** What DCM says of a VM. */
export function statusOf(machine: Machine, observedAt: Date): VmStatus {
  const seenAt = observedAt.toISOString();
  return {
    nativeId: machine.ref.value,
    name: machine.name ?? null,
    ownership: ownerOf(machine),
    complete: machine.isBuilt,
    power: machine.power,
    nativeState: nativeStateOf(machine),
    cpus: machine.cpus ?? null,
    memoryMib: machine.memoryMib ?? null,
    disks: machine.devices.disks.map((disk) => ({ sizeGib: gibOf(disk) })),
    addresses: addressesOf(machine, seenAt),
    snapshots: machine.snapshots.map(({ name, createdAt, isCurrent }) => ({
      name,
      createdAt: createdAt.toISOString(),
      isCurrent,
    })),
    guestTools: toolsOf(machine),
    bootedAt: machine.bootTime?.toISOString() ?? null,
    changeVersion: machine.changeVersion ?? null,
    observedAt: seenAt,
  };
}

/** A light row of a scan. */
export const rowOf = (machine: Machine): VmRow => ({
  nativeId: machine.ref.value,
  name: machine.name ?? null,
  ownership: ownerOf(machine),
  power: machine.power,
});

/** vSphere's own words, with what keeps the VM from being usable. */
function nativeStateOf({ powerState, connectionState, question }: Machine): string {
  const troubles = [
    ...(connectionState === 'connected' ? [] : [connectionState]),
    ...(question === undefined ? [] : ['question pending']),
  ];
  return [powerState, ...troubles].join(', ');
}

function toolsOf({ guest: { tools } }: Machine): VmStatus['guestTools'] {
  if (tools === undefined) return 'unknown';
  return tools === 'guestToolsNotRunning' ? 'not-running' : 'running';
}

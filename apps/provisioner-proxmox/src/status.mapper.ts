import type { VmStatus } from '@dcm/contracts';
import { addressesOf } from './address.mapper';
import type { Machine } from './machine.mapper';
import { isBuilt, ownerOf } from './mark.mapper';
import { gibOf } from './size.mapper';
import type { Snapshot } from './snapshot.mapper';

/** What DCM says of a VM. @param bootedAt when its process started, where that is known */
export function statusOf(machine: Machine, observedAt: Date, bootedAt: Date | undefined): VmStatus {
  const seenAt = observedAt.toISOString();
  return {
    nativeId: String(machine.vmid),
    name: machine.name ?? null,
    ownership: ownerOf(machine),
    complete: isBuilt(machine),
    power: machine.power,
    nativeState: machine.nativeState,
    cpus: machine.cpus,
    memoryMib: machine.memoryMib,
    disks: machine.devices.disks.map(({ sizeBytes }) => ({ sizeGib: gibOf(sizeBytes) })),
    addresses: addressesOf(machine, seenAt),
    ...(machine.snapshots !== undefined && { snapshots: machine.snapshots.map(snapshotOf) }),
    guestTools: toolsOf(machine),
    bootedAt: bootedAt?.toISOString() ?? null,
    changeVersion: machine.digest ?? null,
    observedAt: seenAt,
  };
}

const snapshotOf = ({ name, createdAt, isCurrent }: Snapshot): NonNullable<VmStatus['snapshots']>[number] => ({
  name,
  createdAt: createdAt.toISOString(),
  isCurrent,
});

function toolsOf({ agent, hasAgent }: Machine): VmStatus['guestTools'] {
  if (agent !== undefined) return agent.isRunning ? 'running' : 'not-running';
  return hasAgent ? 'not-running' : 'unknown';
}

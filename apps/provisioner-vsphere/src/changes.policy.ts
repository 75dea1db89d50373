import type { VimObject } from './client/vim.data';
import { addDisk, addNic, growDisk, removeNic, rewireNic } from './device-change.mapper';
import { canGrow, canRewire, isChild, kibOf, type Disk } from './device.mapper';
import type { Network } from './places';
import type { Machine } from './machine.mapper';
import { asExtraConfig } from './mark.mapper';
import { backingFor, isWiredTo } from './network.mapper';
import { SlotFinder } from './slot.policy';
import { Refused } from './vsphere.errors';

/** How a VM shall be; what is absent stays as it is. */
export interface Target {
  readonly cpus?: number | undefined;
  readonly memoryMib?: number | undefined;
  /** By position; further disks stay. */
  readonly disks?: readonly { readonly sizeGib: number }[] | undefined;
  /** By position; further cards are removed. */
  readonly networks?: readonly Network[] | undefined;
  /** '' removes a setting. */
  readonly settings?: ReadonlyMap<string, string>;
  readonly isThin?: boolean;
}

/**
 * The one reconfiguration that leads from what is to what shall be; undefined when nothing differs. It is bound to the
 * version of the configuration that was read.
 * @throws Refused INVALID_SPEC for a disk that would shrink, INVALID_POWER_STATE, UNSUPPORTED for a disk that cannot grow
 */
export function changesTo(machine: Machine, target: Target): VimObject | undefined {
  const deviceChange = [...diskChanges(machine, target), ...nicChanges(machine, target)];
  const extraConfig = asExtraConfig(
    [...(target.settings ?? [])].filter(([key, value]) => (machine.settings.get(key) ?? '') !== value),
  );
  const changes: VimObject = {
    ...sizeChanges(machine, target),
    ...(deviceChange.length > 0 && { deviceChange }),
    ...(extraConfig.length > 0 && { extraConfig }),
  };
  return Object.keys(changes).length === 0 ? undefined : { changeVersion: machine.changeVersion, ...changes };
}

const sizeChanges = (machine: Machine, target: Target): VimObject => ({
  ...cpuChanges(machine, target),
  ...memoryChanges(machine, target),
});

function cpuChanges(machine: Machine, { cpus }: Target): VimObject {
  if (cpus === undefined || cpus === machine.cpus) return {};
  const sockets = socketsFor(machine, cpus);
  // The cores of a socket are fixed while it runs.
  const fits = machine.takesCpusWhileOn && sockets['numCoresPerSocket'] === undefined;
  requireHotPlug(machine, 'CPUs', fits && cpus > (machine.cpus ?? 0));
  return { numCPUs: cpus, ...sockets };
}

function memoryChanges(machine: Machine, { memoryMib }: Target): VimObject {
  if (memoryMib === undefined || memoryMib === machine.memoryMib) return {};
  requireHotPlug(machine, 'memory', machine.takesMemoryWhileOn && canPlug(machine, memoryMib));
  return { memoryMB: memoryMib };
}

/**
 * A running VM takes memory up to a limit, in steps of one size; vCenter says both of a VM that may take any.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vim.vm.ConfigInfo.html (hotPlugMemoryLimit)
 */
function canPlug({ memoryMib: has = 0, hotPlug }: Machine, wanted: number): boolean {
  const { limitMib = wanted, stepMib = 1 } = hotPlug;
  return wanted > has && wanted <= limitMib && (wanted - has) % stepMib === 0;
}

/** vSphere adds CPUs and memory to a running VM only where that was allowed beforehand, and takes none away. */
function requireHotPlug({ power }: Machine, what: string, isPossible: boolean): void {
  if (power === 'off' || (power === 'on' && isPossible)) return;
  throw new Refused('INVALID_POWER_STATE', `its ${what} can be changed only while it is powered off`);
}

/** The number of CPUs must be a multiple of the cores of a socket, which the image may have set. */
function socketsFor({ coresPerSocket = 1 }: Machine, cpus: number): VimObject {
  return cpus % coresPerSocket === 0 ? {} : { numCoresPerSocket: 1 };
}

function diskChanges({ devices }: Machine, { disks = [], isThin = true }: Target): VimObject[] {
  const slots = new SlotFinder(devices);
  const changes = disks.flatMap(({ sizeGib }, index) => {
    const size = kibOf(sizeGib);
    const disk = devices.disks[index];
    if (disk === undefined) {
      const slot = slots.next();
      if (slot === undefined) throw new Refused('INVALID_SPEC', 'the VM can hold no more disks');
      return [addDisk(-1 - index, slot, size, isThin)];
    }
    if (disk.sizeKib === size) return [];
    if (disk.sizeKib > size) throw new Refused('INVALID_SPEC', `its disk ${index} cannot shrink to ${sizeGib} GiB`);
    requireGrowth(disk, index);
    return [growDisk(disk, size)];
  });
  return [...slots.controllers, ...changes];
}

/** vSphere grows no disk that stands on another: that of a VM with snapshots, or of a linked clone. */
function requireGrowth(disk: Disk, index: number): void {
  if (!canGrow(disk)) throw new Refused('UNSUPPORTED', `its disk ${index} is of a kind that DCM cannot grow`);
  if (!isChild(disk)) return;
  throw new Refused('UNSUPPORTED', `its disk ${index} cannot grow: it stands on a snapshot, its own or its image's`);
}

/** Keys of new cards in one call: below those of disks and controllers. */
const FIRST_NIC_KEY = -200;

function nicChanges({ devices: { nics } }: Machine, { networks }: Target): VimObject[] {
  if (networks === undefined) return [];
  const wired = networks.flatMap((network, index) => {
    const nic = nics[index];
    if (nic === undefined) return [addNic(FIRST_NIC_KEY - index, backingFor(network))];
    if (isWiredTo(nic, network)) return [];
    if (!canRewire(nic)) throw new Refused('UNSUPPORTED', `its card ${index} is of the kind ${nic.type}`);
    return [rewireNic(nic, backingFor(network))];
  });
  return [...wired, ...nics.slice(networks.length).map(removeNic)];
}

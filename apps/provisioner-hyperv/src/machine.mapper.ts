import type { PowerState } from '@dcm/contracts';
import type { MACHINE_FIELDS, ROW_FIELDS } from './machine.fields';
import type { Marked } from './mark.mapper';
import type { Row } from './powershell/rows';

/** A network card. */
export interface Nic {
  readonly id: string;
  readonly slot: number;
  /** Lower case with colons; undefined until VMM or the host gave it one. */
  readonly mac: string | undefined;
  readonly addresses: readonly string[];
  readonly network: string | undefined;
  readonly networkId: string | undefined;
  readonly vlan: number | undefined;
}

/** A disk, with its place on its bus. */
export interface Disk {
  readonly id: string;
  readonly isScsi: boolean;
  readonly bus: number;
  readonly lun: number;
  readonly bytes: number;
  /** Whether it stands on another file, and so cannot grow. */
  readonly isChild: boolean;
}

export interface Dvd {
  readonly id: string;
  readonly bus: number;
  readonly lun: number;
  /** UNC path of what is in it. */
  readonly iso: string | undefined;
}

export interface Checkpoint {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly isCurrent: boolean;
}

/** What VMM's word for a VM's state means. */
export type Phase = 'ready' | 'building' | 'failed' | 'deleting' | 'changing' | 'lost';

/** A VM as VMM shows it. */
export interface Machine extends Marked {
  readonly name: string;
  readonly status: string;
  readonly phase: Phase;
  readonly power: PowerState;
  readonly cpus: number | undefined;
  readonly memoryMib: number | undefined;
  readonly isDynamic: boolean;
  readonly generation: number | undefined;
  readonly isSecure: boolean | undefined;
  readonly secureTemplate: string | undefined;
  readonly hasGuestServices: boolean;
  readonly host: string | undefined;
  readonly nics: readonly Nic[];
  /** In the order of their places. */
  readonly disks: readonly Disk[];
  readonly dvds: readonly Dvd[];
  readonly checkpoints: readonly Checkpoint[];
  /** The job of the VM that began last. */
  readonly job: { readonly id: string; readonly isRunning: boolean } | undefined;
}

/**
 * States by name. Their numbers differ between versions.
 * @see VMComputerSystemState of Microsoft.VirtualManager.Utils
 */
const STATES: Readonly<Record<string, readonly [Phase, PowerState]>> = {
  Running: ['ready', 'on'],
  PowerOff: ['ready', 'off'],
  Stopped: ['ready', 'off'],
  Saved: ['ready', 'suspended'],
  Paused: ['ready', 'paused'],
  Stored: ['ready', 'off'],
  UnderCreation: ['building', 'off'],
  CreationFailed: ['failed', 'off'],
  CustomizationFailed: ['failed', 'off'],
  Deleting: ['deleting', 'off'],
  HostNotResponding: ['lost', 'unknown'],
  Missing: ['lost', 'unknown'],
  Unsupported: ['lost', 'unknown'],
};

const ENDED: ReadonlySet<string> = new Set(['Completed', 'SucceedWithInfo', 'Failed', 'Canceled']);

/** Whether a job with this status goes on. */
export const isRunning = (status: string | null): boolean => status !== null && status !== '' && !ENDED.has(status);

/** Whether a job with this status did what it should. */
export const hasSucceeded = (status: string): boolean => status === 'Completed' || status === 'SucceedWithInfo';

/** Power as VMM tells it: a state that passes tells none. */
export const powerOf = (status: string): PowerState => STATES[status]?.[1] ?? 'unknown';

/** A VM as it was read; what VMM leaves out is undefined. */
export function readMachine(row: Row<typeof MACHINE_FIELDS>): Machine {
  const status = row.status ?? 'Unknown';
  const [phase, power] = STATES[status] ?? ['changing', 'unknown'];
  const jobId = filled(row.taskId);
  return {
    ...readMarked(row),
    name: row.name ?? '',
    status,
    phase,
    power,
    ...readSettings(row),
    host: filled(row.host),
    nics: row.nics.map(readNic).sort((one, other) => one.slot - other.slot),
    disks: row.disks.map(readDisk).sort(byPlace),
    dvds: row.dvds.map((dvd) => ({ id: dvd.id ?? '', bus: dvd.bus ?? 0, lun: dvd.lun ?? 0, iso: filled(dvd.iso) })),
    checkpoints: readCheckpoints(row),
    job: jobId === undefined ? undefined : { id: jobId, isRunning: isRunning(row.taskStatus) },
  };
}

type Settings = Pick<
  Machine,
  'cpus' | 'memoryMib' | 'isDynamic' | 'generation' | 'isSecure' | 'secureTemplate' | 'hasGuestServices'
>;

const readSettings = (row: Row<typeof MACHINE_FIELDS>): Settings => ({
  cpus: row.cpus ?? undefined,
  memoryMib: row.memoryMb ?? undefined,
  isDynamic: row.isDynamic ?? false,
  generation: row.generation ?? undefined,
  isSecure: row.isSecure ?? undefined,
  secureTemplate: filled(row.secureTemplate),
  hasGuestServices: row.hasGuestServices ?? false,
});

/** What tells whose it is. */
export const readMarked = ({ id, description }: Row<Pick<typeof ROW_FIELDS, 'id' | 'description'>>): Marked => ({
  id: id ?? '',
  description: (description ?? '').replaceAll('\r\n', '\n'),
});

const filled = (text: string | null): string | undefined => (text === null || text === '' ? undefined : text);

type NicRow = Row<typeof MACHINE_FIELDS>['nics'][number];
type DiskRow = Row<typeof MACHINE_FIELDS>['disks'][number];

const readNic = (row: NicRow, index: number): Nic => ({
  id: row.id ?? '',
  slot: row.slot ?? index,
  mac: readMac(row.mac),
  addresses: [...row.ipv4, ...row.ipv6],
  network: filled(row.network),
  networkId: filled(row.networkId),
  vlan: row.hasVlan === true ? (row.vlan ?? undefined) : undefined,
});

/** VMM writes 00:00:… for a card whose address the host has yet to choose. */
function readMac(mac: string | null): string | undefined {
  const plain = (mac ?? '').toLowerCase().replaceAll('-', ':');
  return plain === '' || /^(00:){5}00$/.test(plain) ? undefined : plain;
}

const readDisk = (row: DiskRow): Disk => ({
  id: row.id ?? '',
  isScsi: (row.busType ?? 'SCSI').toUpperCase() === 'SCSI',
  bus: row.bus ?? 0,
  lun: row.lun ?? 0,
  bytes: row.bytes ?? 0,
  isChild: filled(row.parent) !== undefined,
});

/** IDE before SCSI: there the system starts from. */
const byPlace = (one: Disk, other: Disk): number =>
  Number(one.isScsi) - Number(other.isScsi) || one.bus - other.bus || one.lun - other.lun;

/** VMM names the checkpoint that a VM was led back to, until another is taken: then that one is what the VM stands on. */
function readCheckpoints({ checkpoints, restored }: Row<typeof MACHINE_FIELDS>): Checkpoint[] {
  const found = checkpoints
    .map(({ id, name, addedAt }) => ({
      id: id ?? '',
      name: name ?? '',
      createdAt: addedAt ?? new Date(0).toISOString(),
    }))
    .sort((one, other) => one.createdAt.localeCompare(other.createdAt));
  const isRestored = ({ id }: { readonly id: string }): boolean => id.toLowerCase() === restored?.toLowerCase();
  const current = found.find(isRestored) ?? found.at(-1);
  return found.map((one) => ({ ...one, isCurrent: one === current }));
}

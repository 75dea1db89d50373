import type { PowerState } from '@dcm/contracts';
import { readDevices, type Devices } from './device.mapper';
import { readTags } from './mark.mapper';
import { isOn, propertyOf, readProperties } from './property.mapper';
import { readFlag, readNumber, readRecord, readString, type PveRecord } from './reader.mapper';
import type { Snapshot } from './snapshot.mapper';

/** What the guest's agent says; undefined where it is switched off or was not asked. */
export interface AgentReport {
  readonly isRunning: boolean;
  /** `result` of network-get-interfaces. */
  readonly interfaces: readonly unknown[];
}

/** A VM as Proxmox shows it: its configuration and its state, each read live from its node. */
export interface Machine {
  readonly vmid: number;
  readonly node: string;
  readonly name: string | undefined;
  readonly isTemplate: boolean;
  readonly lock: string | undefined;
  readonly description: string;
  readonly tags: readonly string[];
  readonly digest: string | undefined;
  /** Those that the guest has now; null while the configuration is not whole. */
  readonly cpus: number | null;
  readonly sockets: number;
  /** All that it may have: sockets times cores. */
  readonly maxCpus: number;
  readonly memoryMib: number | null;
  readonly devices: Devices;
  readonly hotplug: ReadonlySet<string>;
  readonly hasNuma: boolean;
  readonly hasAgent: boolean;
  readonly power: PowerState;
  readonly nativeState: string;
  /** Memory is on disk, and the next start goes on from there. */
  readonly isHibernated: boolean;
  readonly uptimeSeconds: number;
  readonly pid: number | undefined;
  readonly isHaManaged: boolean;
  /** Undefined: this reading did not ask. */
  readonly snapshots: readonly Snapshot[] | undefined;
  readonly agent: AgentReport | undefined;
  /** The configuration as it was read. */
  readonly config: PveRecord;
}

/** What is read of a VM. */
export interface MachineData {
  readonly vmid: number;
  readonly node: string;
  readonly config: unknown;
  /** `status/current`. */
  readonly current: unknown;
  readonly snapshots?: readonly Snapshot[] | undefined;
  readonly agent?: AgentReport;
}

/** What Proxmox plugs into a running VM where the configuration does not say. */
const DEFAULT_HOTPLUG = 'network,disk,usb';

export function readMachine({ vmid, node, config: data, current: now, snapshots, agent }: MachineData): Machine {
  const config = readRecord(data);
  const current = readRecord(now);
  const lock = readString(config['lock']) ?? readString(current['lock']);
  return {
    vmid,
    node,
    name: readString(config['name']),
    isTemplate: readFlag(config['template']),
    lock,
    description: readString(config['description']) ?? '',
    tags: readTags(readString(config['tags'])),
    digest: readString(config['digest']),
    ...readSize(config),
    devices: readDevices(config),
    hotplug: readHotplug(readString(config['hotplug'])),
    hasNuma: readFlag(config['numa']),
    hasAgent: hasAgent(config),
    power: powerOf(current, lock),
    nativeState: nativeStateOf(current, lock),
    isHibernated: current['status'] !== 'running' && lock === 'suspended',
    uptimeSeconds: readNumber(current['uptime']) ?? 0,
    pid: readNumber(current['pid']),
    isHaManaged: readFlag(readRecord(current['ha'])['managed']),
    snapshots,
    agent,
    config,
  };
}

function readSize(config: PveRecord): Pick<Machine, 'cpus' | 'sockets' | 'maxCpus' | 'memoryMib'> {
  const sockets = readNumber(config['sockets']) ?? 1;
  const maxCpus = sockets * (readNumber(config['cores']) ?? 1);
  const memory = readString(config['memory']);
  // A configuration without disks, cards and memory is one that is still being made.
  const isWhole = memory !== undefined || config['cores'] !== undefined || config['name'] !== undefined;
  const memoryMib = memory === undefined ? 512 : Number(propertyOf(readProperties(memory), '', 'current') ?? memory);
  return {
    sockets,
    maxCpus,
    cpus: isWhole ? (readNumber(config['vcpus']) ?? maxCpus) : null,
    memoryMib: isWhole ? memoryMib : null,
  };
}

function readHotplug(text: string = DEFAULT_HOTPLUG): Set<string> {
  if (text === '0') return new Set();
  return new Set((text === '1' ? DEFAULT_HOTPLUG : text).split(',').map((kind) => kind.trim()));
}

/** Whether the guest's agent is to be asked: the agent's device is in the configuration. */
export function hasAgent(config: PveRecord): boolean {
  const properties = readProperties(readString(config['agent']) ?? '');
  return isOn(propertyOf(properties, 'enabled', ''));
}

/** The power state in an answer of `status/current`, which names the lock too. */
export function readPower(data: unknown): PowerState {
  const current = readRecord(data);
  return powerOf(current, readString(current['lock']));
}

/** A paused VM keeps its memory where it is, a hibernated one has it on disk: neither runs, and both go on. */
function powerOf({ status, qmpstatus }: PveRecord, lock: string | undefined): PowerState {
  if (status === 'running') {
    return qmpstatus === 'paused' || qmpstatus === 'suspended' ? 'suspended' : 'on';
  }
  if (status !== 'stopped') return 'unknown';
  return lock === 'suspended' ? 'suspended' : 'off';
}

/** Proxmox's own words. */
function nativeStateOf({ status, qmpstatus }: PveRecord, lock: string | undefined): string {
  const state = readString(qmpstatus) ?? readString(status) ?? 'unknown';
  return lock === undefined ? state : `${state}, locked (${lock})`;
}

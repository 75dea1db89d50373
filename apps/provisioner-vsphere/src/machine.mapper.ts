import type { PowerState } from '@dcm/contracts';
import type { ManagedObjectReference } from './client/managed.object';
import type { ObjectProperties } from './client/property.collector';
import {
  readBoolean,
  readDate,
  readList,
  readNumber,
  readRecord,
  readReference,
  readString,
  type VimRecord,
} from './client/reader';
import { readDevices, type Devices } from './device.mapper';
import type { Marked } from './mark.mapper';
import { readSnapshots, type Snapshot } from './snapshot.mapper';

/** What is read of one VM. Of many VMs at once this is too much: the settings alone are kilobytes. */
export const MACHINE_PATHS = [
  'name',
  'parent',
  'runtime.powerState',
  'runtime.connectionState',
  'runtime.bootTime',
  'runtime.question.text',
  'config.instanceUuid',
  'config.changeVersion',
  'config.extraConfig',
  'config.cpuHotAddEnabled',
  'config.memoryHotAddEnabled',
  'config.hotPlugMemoryLimit',
  'config.hotPlugMemoryIncrementSize',
  'config.tools.pendingCustomization',
  'config.hardware.numCPU',
  'config.hardware.numCoresPerSocket',
  'config.hardware.memoryMB',
  'config.hardware.device',
  'guest.toolsRunningStatus',
  'guest.net',
  'guest.ipAddress',
  'snapshot',
] as const;

/** What tells whose a VM is, and little else. */
export const ROW_PATHS = [
  'name',
  'parent',
  'runtime.powerState',
  'runtime.connectionState',
  'config.instanceUuid',
  'config.template',
  'config.extraConfig',
] as const;

/** A VM as vCenter shows it. */
export interface Machine extends Marked {
  readonly ref: ManagedObjectReference;
  readonly power: PowerState;
  readonly powerState: string;
  readonly connectionState: string;
  /** When it was last powered on from off; a restart does not change it. */
  readonly bootTime: Date | undefined;
  /** What vCenter asks about the VM; it stands still until somebody answers. */
  readonly question: string | undefined;
  readonly changeVersion: string | undefined;
  readonly cpus: number | undefined;
  readonly coresPerSocket: number | undefined;
  readonly memoryMib: number | undefined;
  readonly takesCpusWhileOn: boolean;
  readonly takesMemoryWhileOn: boolean;
  /** How much memory it takes while on, where vCenter says so. */
  readonly hotPlug: { readonly limitMib: number | undefined; readonly stepMib: number | undefined };
  /** Whether its guest will be prepared at its next start. */
  readonly isPreparing: boolean;
  readonly devices: Devices;
  readonly snapshots: readonly Snapshot[];
  readonly guest: {
    readonly tools: string | undefined;
    readonly nics: readonly unknown[];
    readonly ip: string | undefined;
  };
}

/** Reads MACHINE_PATHS, or as many of them as were asked for. */
export function readMachine({ ref, properties }: Pick<ObjectProperties, 'ref' | 'properties'>): Machine {
  const name = readString(properties['name']);
  const powerState = readString(properties['runtime.powerState']) ?? 'unknown';
  const connectionState = readString(properties['runtime.connectionState']) ?? 'connected';
  return {
    ref,
    name: name === undefined ? undefined : plainName(name),
    parent: readReference(properties['parent']),
    powerState,
    connectionState,
    power: powerOf(powerState, connectionState),
    bootTime: readDate(properties['runtime.bootTime']),
    question: readString(properties['runtime.question.text']),
    ...readConfig(properties),
    snapshots: readSnapshots(properties['snapshot']),
    guest: {
      tools: readString(properties['guest.toolsRunningStatus']),
      nics: readList(properties['guest.net']),
      ip: readString(properties['guest.ipAddress']),
    },
  };
}

type Configured = Omit<
  Machine,
  | 'ref'
  | 'name'
  | 'parent'
  | 'powerState'
  | 'connectionState'
  | 'power'
  | 'bootTime'
  | 'question'
  | 'guest'
  | 'snapshots'
>;

function readConfig(properties: VimRecord): Configured {
  return {
    isBuilt: properties['config.instanceUuid'] !== undefined || properties['config.extraConfig'] !== undefined,
    instanceUuid: readString(properties['config.instanceUuid']),
    settings: readSettings(properties['config.extraConfig']),
    changeVersion: readString(properties['config.changeVersion']),
    cpus: readNumber(properties['config.hardware.numCPU']),
    coresPerSocket: readNumber(properties['config.hardware.numCoresPerSocket']),
    memoryMib: readNumber(properties['config.hardware.memoryMB']),
    takesCpusWhileOn: readBoolean(properties['config.cpuHotAddEnabled']) ?? false,
    takesMemoryWhileOn: readBoolean(properties['config.memoryHotAddEnabled']) ?? false,
    isPreparing: (readString(properties['config.tools.pendingCustomization']) ?? '') !== '',
    hotPlug: {
      limitMib: positive(properties['config.hotPlugMemoryLimit']),
      stepMib: positive(properties['config.hotPlugMemoryIncrementSize']),
    },
    devices: readDevices(properties['config.hardware.device']),
  };
}

/** vCenter writes 0 for what it does not say. */
function positive(data: unknown): number | undefined {
  const number = readNumber(data) ?? 0;
  return number > 0 ? number : undefined;
}

const POWER: Readonly<Record<string, PowerState>> = { poweredOn: 'on', poweredOff: 'off', suspended: 'suspended' };

/** What vCenter last knew of a VM whose host it does not reach says nothing about now. */
const powerOf = (powerState: string, connectionState: string): PowerState =>
  connectionState === 'connected' ? (POWER[powerState] ?? 'unknown') : 'unknown';

/** The packaged simulator appends a key's new value and keeps the old one: the last counts. */
function readSettings(extraConfig: unknown): Map<string, string> {
  return new Map(
    readList(extraConfig).map((option) => {
      const { key, value } = readRecord(option);
      return [readString(key) ?? '', typeof value === 'string' ? value : ''] as const;
    }),
  );
}

const ESCAPED: Readonly<Record<string, string>> = { '%2f': '/', '%5c': '\\', '%25': '%' };

/** A name as people see it: vCenter stores three characters escaped. */
export const plainName = (name: string): string =>
  name.replace(/%(?:2f|5c|25)/gi, (escape) => ESCAPED[escape.toLowerCase()] ?? escape);

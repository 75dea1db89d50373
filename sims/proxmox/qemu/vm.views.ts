import { failure } from '../api.error';
import type { Cluster } from '../cluster/cluster';
import type { Params } from '../schema/params';
import { shownValue } from './config.values';
import { bootBytes } from './process';
import type { ConfigValue } from './vm.config';
import type { Vm } from './vm';

const entries = (values: ReadonlyMap<string, ConfigValue>): object =>
  Object.fromEntries([...values].map(([key, value]) => [key, shownValue(key, value)]));

/** GET config: with what is pending, or what holds now (`current`), or a snapshot's. */
export function configOf(vm: Vm, params: Params): object {
  const { config } = vm;
  const name = params.optionalText('snapshot');
  const snapshot = name === undefined ? undefined : config.snapshots.get(name);
  if (name !== undefined && snapshot === undefined) throw failure(`snapshot '${name}' does not exist`);
  const values = params.flag('current') ? config.values : config.withPending();
  return { ...entries(snapshot?.values ?? values), digest: config.digest() };
}

/** GET pending: each key with what holds, what will, or that it will go. */
export function pendingOf({ config }: Vm): readonly object[] {
  const keys = new Set([...config.values.keys(), ...config.pending.keys()]);
  const rows = [...keys].map((key) => {
    const value = config.values.get(key);
    const pending = config.pending.get(key);
    return {
      key,
      ...(value === undefined ? {} : { value: shownValue(key, value) }),
      ...(pending === undefined || pending === null ? {} : { pending: shownValue(key, pending) }),
      ...(pending === null ? { delete: 1 } : {}),
    };
  });
  return [...rows, { key: 'digest', value: config.digest() }];
}

const load = { netin: 0, netout: 0 };
const pressure = {
  pressurecpufull: 0,
  pressurecpusome: 0,
  pressureiofull: 0,
  pressureiosome: 0,
  pressurememoryfull: 0,
  pressurememorysome: 0,
};

function optionsOf({ config, isTemplate }: Vm): object {
  const { lock } = config;
  const tags = config.text('tags');
  return {
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
    ...(isTemplate ? { template: 1 } : {}),
    ...(config.values.has('serial0') ? { serial: 1 } : {}),
  };
}

function processOf(cluster: Cluster, { machine, memoryBytes }: Vm): object {
  if (machine === undefined) return { uptime: 0, mem: 0, memhost: 0, cpu: 0 };
  const isNew = cluster.options.version === '9.2';
  return {
    uptime: Math.floor((Date.now() - machine.startedAt) / 1000),
    pid: machine.pid,
    mem: Math.floor(memoryBytes / 2),
    memhost: memoryBytes,
    cpu: 0.01,
    ...(isNew ? pressure : {}),
  };
}

/** A VM in the list of its node. */
export const summaryOf = (cluster: Cluster, vm: Vm): object => ({
  vmid: vm.vmid,
  name: vm.name,
  status: vm.isRunning ? 'running' : 'stopped',
  cpus: vm.cpus,
  maxmem: vm.memoryBytes,
  maxdisk: bootBytes(vm),
  disk: 0,
  ...load,
  ...processOf(cluster, vm),
  ...optionsOf(vm),
});

/** GET status/current */
export function statusOf(cluster: Cluster, vm: Vm): object {
  const { machine } = vm;
  const ha = cluster.ha.get(vm.vmid);
  return {
    ...summaryOf(cluster, vm),
    qmpstatus: machine === undefined ? 'stopped' : machine.isPaused ? 'paused' : 'running',
    ha:
      ha === undefined
        ? { managed: 0 }
        : { managed: 1, state: ha.state, ...(ha.group === undefined ? {} : { group: ha.group }) },
    ...(vm.hasAgentOption ? { agent: 1 } : {}),
    ...(machine === undefined ? {} : { nics: nics(vm) }),
  };
}

function nics({ vmid, config }: Vm): object {
  const keys = [...config.values.keys()].filter((key) => /^net\d+$/.test(key));
  return Object.fromEntries(keys.map((key) => [`tap${vmid}i${key.slice(3)}`, { netin: 0, netout: 0 }]));
}

import { decodeMark } from '@dcm/contracts';
import type { KnownVm } from './database';
import type { SeenVm } from './witness';
import type { Finding } from './invariant';

/** One site: what DCM knows and what is there. */
export interface SiteView {
  readonly site: string;
  readonly installation: string;
  readonly known: readonly KnownVm[];
  readonly seen: readonly SeenVm[];
}

interface Ours extends SeenVm {
  readonly instance: string;
}

const mibPerGib = 1024;

/** What bears this installation's mark; another's is not ours to judge. */
const oursOf = ({ seen, installation }: SiteView): Ours[] =>
  seen.flatMap((vm) => {
    const marks = Object.values(vm.marks).flatMap((text) => decodeMark(text) ?? []);
    const mark = marks.find(({ ownership }) => ownership.installation === installation);
    return mark === undefined ? [] : [{ ...vm, instance: mark.ownership.instance }];
  });

function duplicates(ours: readonly Ours[]): string[] {
  const names = new Map<string, string[]>();
  for (const { instance, name } of ours) names.set(instance, [...(names.get(instance) ?? []), name]);
  return [...names].filter(([, all]) => all.length > 1).map(([id, all]) => `${id} is ${all.join(' and ')}`);
}

/** A VM whose create failed half-way stays its owner's as long as it is in the ledger. */
const mayExist = (vm: KnownVm | undefined): boolean =>
  vm !== undefined && vm.lifecycle !== 'deleted' && (vm.lifecycle !== 'failed' || vm.ledger !== null || vm.isBusy);

const mustExist = (vm: KnownVm): boolean =>
  ['active', 'reconfiguring'].includes(vm.lifecycle) && vm.presence !== 'missing' && !vm.isBusy;

function amountsDiffer(vm: KnownVm, seen: Ours | undefined): string[] {
  if (vm.ledger === null || vm.isBusy) return [];
  if (seen === undefined) return [`${vm.id} (${vm.lifecycle}) is in the ledger and not there`];
  const diskGib = Math.ceil(seen.disksMib.reduce((sum, mib) => sum + mib, 0) / mibPerGib);
  const real = { vcpus: seen.cpus, memoryMib: seen.memoryMib, diskGib };
  const isSame = (Object.keys(real) as (keyof typeof real)[]).every((key) => real[key] === Number(vm.ledger?.[key]));
  return isSame ? [] : [`${vm.id} takes ${JSON.stringify(real)}, the ledger says ${JSON.stringify(vm.ledger)}`];
}

function statesDiffer(vm: KnownVm, seen: Ours | undefined): string[] {
  if (seen === undefined || !mustExist(vm)) return [];
  const shown = `${vm.power} with ${vm.cpus} CPUs and ${vm.memoryMib} MiB`;
  const real = `${seen.power} with ${seen.cpus} CPUs and ${seen.memoryMib} MiB`;
  return shown === real ? [] : [`${vm.id} is ${real}, shown ${shown}`];
}

/** Compares one site's hypervisor with what DCM says of it. */
export function checkSite(view: SiteView): Finding[] {
  const known = view.known.filter((vm) => vm.site === view.site);
  const byId = new Map(known.map((vm) => [vm.id, vm]));
  const ours = oursOf(view);
  const there = new Map(ours.map((vm) => [vm.instance, vm]));
  const about = (title: string): string => `${title} (${view.site})`;
  return [
    { invariant: 'I2', title: about('at most one VM bears a mark'), counted: ours.length, offenders: duplicates(ours) },
    {
      invariant: 'I3',
      title: about('every marked VM has a live owner'),
      counted: ours.length,
      offenders: ours
        .filter(({ instance }) => !mayExist(byId.get(instance)))
        .map(({ instance, name }) => `${name} of ${instance}, which is ${byId.get(instance)?.lifecycle ?? 'unknown'}`),
    },
    {
      invariant: 'I3',
      title: about('every live VM is there'),
      counted: known.filter(mustExist).length,
      offenders: known.filter((vm) => mustExist(vm) && !there.has(vm.id)).map((vm) => `${vm.id} is lost`),
    },
    {
      invariant: 'I4',
      title: about('the ledger says what the hypervisor gives'),
      counted: known.filter((vm) => vm.ledger !== null).length,
      offenders: known.flatMap((vm) => amountsDiffer(vm, there.get(vm.id))),
    },
    {
      invariant: 'R1',
      title: about('VMs are shown as they are'),
      counted: known.filter(mustExist).length,
      offenders: known.flatMap((vm) => statesDiffer(vm, there.get(vm.id))),
    },
  ];
}

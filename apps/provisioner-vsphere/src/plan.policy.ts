import type { Plan, PlanDiagnostic, VmSpec } from '@dcm/contracts';
import { canGrow, canRewire, gibOf, type Devices } from './device.mapper';
import { linkProblems } from './link.policy';
import type { Network, Places } from './places';
import type { Choice } from './choice.policy';
import { customizationOf, customizationProblems } from './customization.policy';
import { chooseDatastore, hostFor } from './datastore.policy';
import { lossesOf } from './loss.policy';
import type { Metadata } from './metadata.schema';
import { readWish } from './wish.policy';
import { nameProblem } from './name.policy';
import { isWiredTo } from './network.mapper';
import { chooseFolder, chooseNetwork, choosePlace, sizeProblems, type Place } from './placement.policy';
import { settingProblems } from './settings.policy';
import type { Template } from './template';
import type { SiteOptions } from './vsphere.config';

/** What a plan is made from. */
export interface PlanBasis {
  readonly spec: VmSpec;
  readonly options: SiteOptions;
  readonly places: Places;
  /** Null for a blank VM. */
  readonly template: Choice<Template> | null;
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/** Decides where and from what a VM would be made, and what would be lost. A request that cannot be met is an answer. */
export function planOf({ spec, options, places, template }: PlanBasis): Plan {
  const { metadata, diagnostics } = readWish(spec);
  const report = new Report(diagnostics);
  const name = nameProblem(spec.platformName);
  if (name !== undefined) report.error('/name', name);
  const known = template === null ? undefined : report.take(template);
  const place = report.take(choosePlace(places, metadata, options));
  const folder = report.take(chooseFolder(places, metadata, options)) ?? options.folder;
  const networks = place === undefined ? [] : networksFor(spec, options, places, place, report);
  if (known !== undefined) checkDevices(known, spec, networks, report);
  report.diagnostics.push(...customizationProblems({ spec, metadata, template: known }));
  report.diagnostics.push(...settingProblems(metadata.extraConfig, options.extraConfig));
  report.diagnostics.push(...linkProblems({ spec, metadata, template: known, places, place }));
  if (customizationOf(metadata) === 'cloud-init') warnOfAddresses(spec, report);
  const diskGib = diskTotal(spec, known?.devices);
  return {
    diagnostics: report.diagnostics,
    losses: lossesOf(spec, metadata, known, networks.length),
    image: imageOf(spec, known),
    networks: networks.map(({ name: network, ref }) => ({ name: network, nativeId: ref.value })),
    diskGib,
    ...(place === undefined
      ? { scope: {}, hints: {} }
      : {
          scope: scopeOf(places, place, folder),
          hints: hintsOf(place, report.takeDatastore({ spec, options, places, place, metadata, template: known })),
        }),
  };
}

const imageOf = ({ image }: VmSpec, template: Template | undefined): Plan['image'] =>
  image === null || template === undefined
    ? null
    : { name: image.name, nativeId: template.image.ref.value, version: template.version };

/** Where the plan allows the VM to be; the keys of `Plan.scope`. */
export interface Scope {
  readonly datacenter: string;
  readonly cluster: string;
  readonly resourcePool: string;
  readonly folder: string;
}

const scopeOf = ({ datacenter }: Places, { compute, pool }: Place, folder: string): Record<keyof Scope, string> => ({
  datacenter: datacenter.path,
  cluster: compute.path,
  resourcePool: pool.value,
  folder,
});

function hintsOf({ compute }: Place, datastore: string | undefined): Record<string, string> {
  if (datastore === undefined) return {};
  const host = compute.placesByItself ? undefined : hostFor(compute, datastore)?.ref.value;
  return { datastore, ...(host !== undefined && { host }) };
}

/** Collects what is wrong. */
class Report {
  constructor(readonly diagnostics: PlanDiagnostic[]) {}

  error(pointer: string, message: string): void {
    this.diagnostics.push({ severity: 'error', pointer, message });
  }

  warn(pointer: string, message: string): void {
    this.diagnostics.push({ severity: 'warning', pointer, message });
  }

  /** What was chosen; undefined, and an error, when nothing could be. */
  take<T>(choice: Choice<T>): T | undefined {
    if ('found' in choice) return choice.found;
    this.diagnostics.push(choice.problem);
    return undefined;
  }

  /** The native id of the datastore. */
  takeDatastore(basis: DatastoreBasis): string | undefined {
    const { spec, options, places, place, metadata, template } = basis;
    this.diagnostics.push(...sizeProblems(place.compute, spec));
    const wish = {
      named: metadata.datastore,
      needBytes: spaceFor(spec, template),
      sizePointer: spec.disks.length > 0 ? '/disks' : '/image',
    };
    return this.take(chooseDatastore(places, place.compute, wish, options))?.ref.value;
  }
}

interface DatastoreBasis extends Omit<PlanBasis, 'template'> {
  readonly place: Place;
  readonly metadata: Metadata;
  readonly template: Template | undefined;
}

/**
 * Disks, and the file into which vSphere swaps the VM's memory. A linked clone's own disks begin empty, whatever they
 * will hold: only further ones count.
 */
export function spaceFor(spec: Pick<VmSpec, 'memoryMib' | 'disks'>, template: Template | undefined): number {
  const { disks = [] } = template?.devices ?? {};
  const shared = template?.snapshot === undefined ? 0 : diskTotal({ disks: [] }, { disks });
  return (diskTotal(spec, { disks }) - shared) * GIB + spec.memoryMib * MIB;
}

function networksFor(
  spec: VmSpec,
  options: SiteOptions,
  places: Places,
  ...[{ compute }, report]: [Place, Report]
): Network[] {
  const asked = spec.networks.map(({ network }, index) => ({ network, pointer: `/networks/${index}/network` }));
  const fallback = options.network === undefined ? [] : [{ network: options.network, pointer: '' }];
  return (asked.length > 0 ? asked : fallback).flatMap(
    ({ network, pointer }) => report.take(chooseNetwork(places, compute, network, pointer)) ?? [],
  );
}

/** What of an image cannot be changed as asked. */
function checkDevices({ devices }: Template, spec: VmSpec, networks: readonly Network[], report: Report): void {
  devices.disks.forEach((disk, index) => {
    const asked = spec.disks[index]?.sizeGib;
    if (asked === undefined || asked === gibOf(disk)) return;
    const pointer = `/disks/${index}/sizeGib`;
    if (asked < gibOf(disk)) report.error(pointer, `the image's disk has ${gibOf(disk)} GiB and cannot shrink`);
    else if (!canGrow(disk)) report.error(pointer, "the image's disk is of a kind that DCM cannot grow");
  });
  networks.forEach((network, index) => {
    const nic = devices.nics[index];
    if (nic !== undefined && !canRewire(nic) && !isWiredTo(nic, network)) {
      report.error(
        '/image',
        `its network card ${index} is of the kind ${nic.type}, which DCM cannot move to a network`,
      );
    }
  });
}

/** What the VM's disks will hold together, in GiB; a part of one counts as a whole. */
export function diskTotal({ disks }: Pick<VmSpec, 'disks'>, devices?: Pick<Devices, 'disks'>): number {
  const count = Math.max(disks.length, devices?.disks.length ?? 0);
  return Array.from({ length: count }, (_, index) => {
    const present = devices?.disks[index];
    return Math.max(disks[index]?.sizeGib ?? 0, present === undefined ? 0 : Math.ceil(gibOf(present)));
  }).reduce((total, size) => total + size, 0);
}

function warnOfAddresses({ networks, image }: VmSpec, report: Report): void {
  if (image === null) return;
  networks.forEach(({ address }, index) => {
    if (address === undefined) return;
    report.warn(`/networks/${index}/address`, 'cloud-init sets it inside the guest: an image without it ignores it');
  });
}

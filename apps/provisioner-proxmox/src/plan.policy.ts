import type { HypervisorReason, Plan, PlanDiagnostic, VmSpec } from '@dcm/contracts';
import type { Choice, Problem } from './choice.policy';
import type { Source } from './image.policy';
import { lossesOf } from './loss.policy';
import { metadataPointer, type Metadata } from './metadata.schema';
import { readWish } from './wish.policy';
import { nameProblem } from './name.policy';
import { chooseWires, wireId, type NetworkDefaults } from './network.policy';
import { choosePlace, choosePool, isLinked, type Place, type PlacementDefaults } from './placement.policy';
import type { Places } from './places';
import { gibOf } from './size.mapper';
import { diskTotal } from './space.policy';
import { versionOf, type Template } from './template';

/** The site's own choices. */
export interface PlanDefaults extends PlacementDefaults, NetworkDefaults {
  readonly pool?: string | undefined;
}

/** What a plan is made from. */
export interface PlanBasis {
  readonly spec: VmSpec;
  readonly defaults: PlanDefaults;
  readonly places: Places;
  /** Null for a blank VM. */
  readonly image: Choice<PlannedImage> | null;
  readonly pendingMib: (node: string) => number;
}

/** An image with what was read of it. */
export interface PlannedImage {
  readonly source: Source;
  /** Those that could be read. */
  readonly templates: readonly Template[];
}

/** A plan, or why it cannot be made now but can be later. */
export interface Planned {
  readonly plan: Plan;
  /** Reasons that pass by themselves: the request is not refused for them. */
  readonly waitsFor: Problem | undefined;
}

/** What an administrator or time mends without the request being changed. */
const PASSING: ReadonlySet<HypervisorReason> = new Set(['HOST_UNREACHABLE']);

/** Decides where and from what a VM would be made, and what would be lost. A request that cannot be met is an answer. */
export function planOf({ spec, defaults, places, image, pendingMib }: PlanBasis): Planned {
  const { metadata, diagnostics } = readWish(spec);
  const report = new Report(diagnostics);
  const name = nameProblem(spec.platformName);
  if (name !== undefined) report.error('/name', name);
  const known = image === null ? undefined : report.take(image);
  const templates = known?.templates ?? [];
  const wires = chooseWires(spec, metadata, places, defaults).flatMap((wire) => report.take(wire) ?? []);
  const pool = report.take(choosePool(places, metadata, defaults.pool));
  const bridges = wires.map(({ bridge }) => bridge);
  const place = report.take(choosePlace(places, { spec, metadata, templates, bridges, pendingMib }, defaults));
  const template = place?.template ?? templates[0];
  checkDisks(spec, template, report);
  checkSize(spec, places, report);
  if (place !== undefined) checkPlace(place, metadata, report);
  warnOfAddresses(spec, report);
  const plan: Plan = {
    diagnostics: report.diagnostics,
    losses: lossesOf({ spec, metadata, template, isLinked: isLinked(metadata, defaults), wires: wires.length }),
    image: imageOf(spec, known),
    networks: wires.map((wire) => ({ name: wire.name, nativeId: wireId(wire) })),
    diskGib: diskTotal(spec, template?.devices),
    scope: scopeOf(metadata, defaults, pool),
    hints: place === undefined ? {} : { node: place.node, storage: place.storage.name },
  };
  return { plan, waitsFor: report.waitsFor };
}

function imageOf({ image }: VmSpec, known: PlannedImage | undefined): Plan['image'] {
  if (image === null || known === undefined) return null;
  const { source, templates } = known;
  if (source.kind === 'import') return { name: image.name, nativeId: source.volume, version: source.volume };
  const [first] = templates;
  return first === undefined
    ? null
    : { name: image.name, nativeId: String(first.image.vmid), version: versionOf({ templates }) };
}

/** What is approved of the place: what was named, and the pool with its limits. */
function scopeOf(metadata: Metadata, defaults: PlanDefaults, pool: string | undefined): Record<string, string> {
  const node = metadata.node ?? defaults.node;
  const storage = metadata.storage ?? defaults.storage;
  return {
    ...(pool !== undefined && { pool }),
    ...(node !== undefined && { node }),
    ...(storage !== undefined && { storage }),
  };
}

/** Collects what is wrong. */
class Report {
  waitsFor: Problem | undefined;

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
    if (PASSING.has(choice.reason)) this.waitsFor ??= choice;
    else this.diagnostics.push(choice.problem);
    return undefined;
  }
}

/** What of an image cannot be changed as asked. */
function checkDisks({ disks }: VmSpec, template: Template | undefined, report: Report): void {
  template?.devices.disks.forEach(({ sizeBytes }, index) => {
    const asked = disks[index]?.sizeGib;
    if (asked !== undefined && asked < gibOf(sizeBytes)) {
      report.error(`/disks/${index}/sizeGib`, `the image's disk has ${gibOf(sizeBytes)} GiB and cannot shrink`);
    }
  });
}

/** Proxmox itself finds out at the start only. */
function checkSize({ cpus, memoryMib }: VmSpec, { nodes }: Places, report: Report): void {
  const largest = (figures: readonly (number | undefined)[]): number =>
    Math.max(0, ...figures.map((figure) => figure ?? Number.POSITIVE_INFINITY));
  const most = largest(nodes.map((node) => node.cpus));
  const memory = largest(nodes.map(({ memoryTotalMib }) => memoryTotalMib));
  if (cpus > most) report.error('/cpus', `no node has more than ${most} CPUs`);
  if (memoryMib > memory) report.error('/memoryMib', `no node has more than ${Math.floor(memory)} MiB of memory`);
}

function checkPlace({ storage, template, isLinked: linked }: Place, { ha }: Metadata, report: Report): void {
  const own = linked ? (template?.devices.disks ?? []).map((disk) => disk.storage) : [];
  const isLocal = !storage.isShared || own.some((name) => name !== storage.name);
  if (ha === true && isLocal) {
    report.error(metadataPointer('ha'), `needs shared storage, which ${storage.name} is not`);
  }
}

function warnOfAddresses({ networks, image }: VmSpec, report: Report): void {
  if (image === null) return;
  networks.forEach(({ address }, index) => {
    if (address === undefined) return;
    report.warn(`/networks/${index}/address`, 'cloud-init sets it inside the guest: an image without it ignores it');
  });
}

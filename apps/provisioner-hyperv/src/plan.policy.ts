import { lossesFrom, type Plan, type PlanDiagnostic, type PlanLoss, type VmSpec } from '@dcm/contracts';
import type { Choice } from './choice.policy';
import {
  customizationLosses,
  customizationOf,
  customizationProblems,
  type CustomizationBasis,
} from './customization.policy';
import type { SiteOptions } from './hyperv.config';
import { metadataPointer, readMetadata, type Metadata } from './metadata.schema';
import { secureBootOf, secureBootProblem } from './secure-boot.policy';
import { nameProblem } from './name.policy';
import type { Entity, Places, Template } from './places';
import { chooseNetwork, choosePlace, chooseTemplate, sizeProblems, type Place } from './placement.policy';
import { gibOf } from './status.mapper';

/** What a plan is made from. */
export interface PlanBasis {
  readonly spec: VmSpec;
  readonly options: SiteOptions;
  readonly places: Places;
}

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** VMM counts memory in steps of 2 MiB. */
const MEMORY_STEP_MIB = 2;
const SMALLEST_MEMORY_MIB = 32;

/** Decides where and from what a VM would be made, and what would be lost. A request that cannot be met is an answer. */
export function planOf({ spec, options, places }: PlanBasis): Plan {
  const { metadata, diagnostics } = readMetadata(spec.metadata);
  const report = new Report(diagnostics);
  const name = nameProblem(spec.platformName);
  if (name !== undefined) report.error('/name', name);
  const template = templateFor(spec, places, report);
  const place = report.take(choosePlace(places, metadata, options));
  const networks = networksFor(spec, metadata, options, places, report);
  const diskGib = diskTotal(spec, template);
  if (template !== undefined) checkTemplate(spec, metadata, template, report);
  const contradiction = secureBootProblem(spec, metadata);
  if (contradiction !== undefined) report.error('/firmware/secureBoot', contradiction);
  checkMemory(spec, report);
  if (place !== undefined) diagnostics.push(...sizeProblems(place, spec, diskGib * GIB + spec.memoryMib * MIB));
  const kind = template === undefined ? 'none' : customizationOf(template, spec, { metadata, options });
  const guest: CustomizationBasis = { spec, metadata, kind };
  if (template !== undefined) diagnostics.push(...customizationProblems(guest));
  return {
    diagnostics: report.diagnostics,
    losses: lossesOf(spec, { template, networks: networks.length, guest }),
    image: imageOf(spec, template),
    networks: networks.map(({ name: network, id }) => ({ name: network, nativeId: id })),
    diskGib,
    scope: place === undefined ? {} : scopeOf(place),
    hints: { ...(place !== undefined && hostHint(place)), ...firmwareHint(spec, metadata, template) },
  };
}

/** Where the plan allows the VM to be; the keys of `Plan.scope`. */
export interface Scope {
  readonly kind: Place['kind'];
  readonly id: string;
  readonly name: string;
  readonly csv?: string;
}

const scopeOf = ({ kind, id, name, volume }: Place): Record<string, string> => ({
  kind,
  id,
  name,
  ...(volume !== undefined && { csv: volume.path }),
});

const hostHint = ({ hosts, volume }: Place): Record<string, string> =>
  volume === undefined || hosts[0] === undefined ? {} : { host: hosts[0].id };

/** Remembered with the plan, so that a VM that is there can be finished when its template is gone. */
function firmwareHint(spec: VmSpec, metadata: Metadata, template: Template | undefined): Record<string, string> {
  if (spec.firmware === undefined || template === undefined) return {};
  const secureBoot = secureBootOf(spec, metadata, template);
  return secureBoot === undefined ? {} : { secureBoot };
}

const imageOf = ({ image }: VmSpec, template: Template | undefined): Plan['image'] =>
  image === null || template === undefined
    ? null
    : { name: image.name, nativeId: template.id, version: template.version };

/** Collects what is wrong. */
class Report {
  constructor(readonly diagnostics: PlanDiagnostic[]) {}

  error(pointer: string, message: string): void {
    this.diagnostics.push({ severity: 'error', pointer, message });
  }

  /** What was chosen; undefined, and an error, when nothing could be. */
  take<T>(choice: Choice<T>): T | undefined {
    if ('found' in choice) return choice.found;
    this.diagnostics.push(choice.problem);
    return undefined;
  }
}

function templateFor({ image }: VmSpec, places: Places, report: Report): Template | undefined {
  if (image !== null) return report.take(chooseTemplate(places, image.source));
  report.error('/image', 'is required: VMM makes VMs from templates');
  return undefined;
}

function networksFor(
  spec: VmSpec,
  { vmNetwork }: Metadata,
  options: SiteOptions,
  ...[places, report]: [Places, Report]
): Entity[] {
  const asked = spec.networks.map(({ network }, index) => ({ network, pointer: `/networks/${index}/network` }));
  const own = vmNetwork === undefined ? [] : [{ network: vmNetwork, pointer: metadataPointer('vmNetwork') }];
  const site = options.vmNetwork === undefined ? [] : [{ network: options.vmNetwork, pointer: '' }];
  const wanted = [asked, own, site].find((some) => some.length > 0) ?? [];
  return wanted.flatMap(({ network, pointer }) => report.take(chooseNetwork(places, network, pointer)) ?? []);
}

/** What of an image cannot be changed as asked. */
function checkTemplate(spec: VmSpec, metadata: Metadata, template: Template, report: Report): void {
  template.diskBytes.forEach((bytes, index) => {
    const asked = spec.disks[index]?.sizeGib;
    if (asked !== undefined && asked < gibOf(bytes)) {
      report.error(`/disks/${index}/sizeGib`, `the image's disk has ${gibOf(bytes)} GiB and cannot shrink`);
    }
  });
  const { generation = 2 } = template;
  if (metadata.generation !== undefined && metadata.generation !== generation) {
    report.error(metadataPointer('generation'), `the image is of generation ${generation}, which does not change`);
  }
  if (metadata.secureBoot !== undefined && generation !== 2) {
    report.error(metadataPointer('secureBoot'), 'is known to VMs of generation 2 only');
  }
}

function checkMemory({ memoryMib }: VmSpec, report: Report): void {
  if (memoryMib % MEMORY_STEP_MIB !== 0) report.error('/memoryMib', `must be a multiple of ${MEMORY_STEP_MIB} MiB`);
  else if (memoryMib < SMALLEST_MEMORY_MIB) report.error('/memoryMib', `must be at least ${SMALLEST_MEMORY_MIB} MiB`);
}

/** What the VM's disks will hold together, in GiB; a part of one counts as a whole. */
export function diskTotal({ disks }: Pick<VmSpec, 'disks'>, template?: Pick<Template, 'diskBytes'>): number {
  const present = template?.diskBytes ?? [];
  return Array.from({ length: Math.max(disks.length, present.length) }, (_, index) =>
    Math.max(disks[index]?.sizeGib ?? 0, Math.ceil(gibOf(present[index] ?? 0))),
  ).reduce((total, size) => total + size, 0);
}

interface LossBasis {
  readonly template: Template | undefined;
  readonly networks: number;
  readonly guest: CustomizationBasis;
}

/** What this platform cannot keep of the request, for the approver. */
function lossesOf(spec: VmSpec, { template, networks, guest }: LossBasis): PlanLoss[] {
  const surplus = networks === 0 ? 0 : (template?.nics ?? 0) - networks;
  const own = lossesFrom([
    [Object.keys(spec.labels).length > 0, 'labels', '/labels', 'Labels are kept in DCM; VMM does not show them.'],
    [
      spec.clone === 'linked',
      'linked-clone',
      '/clone',
      "The image's disks are copied: VMM makes differencing disks on one host alone, and DCM lets it choose.",
    ],
    [
      spec.firmware?.secureBoot === true && template !== undefined && (template.generation ?? 2) !== 2,
      'secure-boot',
      '/firmware/secureBoot',
      'The image is of generation 1, which knows no secure boot.',
    ],
    [
      surplus > 0,
      'network-cards',
      '/networks',
      `The image has ${surplus} more network ${surplus === 1 ? 'card' : 'cards'} than are asked for: removed.`,
    ],
  ]);
  return template === undefined ? own : [...own, ...customizationLosses(guest)];
}

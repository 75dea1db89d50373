import type { ResolvedVm } from '@dcm/contracts';
import type { Attempt } from './attempt';
import type { Choice } from './choice.policy';
import type { Metadata } from './metadata.schema';
import { readWish } from './wish.policy';
import { nameProblem } from './name.policy';
import { chooseWires, type Wire } from './network.policy';
import { choosePlace, type Place } from './placement.policy';
import type { Places } from './places';
import { readImage } from './planner';
import type { Site } from './site';
import { isOfVersion, type Template } from './template';
import { Refused } from './proxmox.errors';
import { vmidFor } from './vmid.policy';

/** What one attempt needs to turn an approved plan into calls. */
export interface Job {
  readonly attempt: Attempt;
  readonly resolved: ResolvedVm;
  readonly site: Site;
  readonly vmid: number;
  readonly metadata: Metadata;
}

/** @throws Refused INVALID_SPEC for a name or a number that Proxmox cannot have */
export function jobOf(attempt: Attempt, resolved: ResolvedVm, site: Site): Job {
  const { instanceNumber } = attempt.operation;
  const vmid = vmidFor(site.options.vmidBase, instanceNumber);
  if (vmid === undefined) {
    const base = site.options.vmidBase;
    throw new Refused('INVALID_SPEC', `the number ${instanceNumber} above ${base} is no VMID`);
  }
  const broken = nameProblem(resolved.spec.platformName);
  if (broken !== undefined) throw new Refused('INVALID_SPEC', broken);
  const { metadata, diagnostics } = readWish(resolved.spec);
  const [first] = diagnostics;
  if (first !== undefined) throw new Refused('INVALID_SPEC', `${first.pointer} ${first.message}`);
  return { attempt, resolved, site, vmid, metadata };
}

/** Where and from what the VM is made, as the cluster is now. */
export interface Blueprint {
  readonly place: Place;
  /** Undefined: an image's own cards stay. */
  readonly wires: readonly Wire[] | undefined;
  readonly pool: string | undefined;
  /** The volume from which the system disk is imported. */
  readonly volume: string | undefined;
}

/** @throws Refused IMAGE_NOT_FOUND, NETWORK_NOT_FOUND, STORAGE_NOT_FOUND, STORAGE_FULL, PLACEMENT_NOT_FOUND, HOST_UNREACHABLE */
export async function drawBlueprint(job: Job): Promise<Blueprint> {
  const { attempt, site } = job;
  const known = await site.inventory.places(attempt);
  try {
    return await drawFrom(job, known);
  } catch (error) {
    // What is remembered may be old.
    if (!(error instanceof Refused)) throw error;
    return drawFrom(job, await site.inventory.places(attempt, true));
  }
}

async function drawFrom(job: Job, places: Places): Promise<Blueprint> {
  const { site, metadata } = job;
  const { spec, plan } = job.resolved;
  const { templates, volume } = await plannedImage(job, places);

  const wires = wiresIn(job, places);
  const wish = {
    spec,
    metadata,
    templates,
    bridges: (wires ?? []).map(({ bridge }) => bridge),
    pendingMib: (node: string) => site.placements.pendingMib(node),
  };
  const place = taken(choosePlace(places, wish, site.options));
  // In the same turn, or others would choose the same node meanwhile.
  site.placements.add(place.node, spec.memoryMib);
  return { place, wires, pool: plan.scope['pool'], volume };
}

/** The image that was planned with, in the version that was approved. @throws Refused IMAGE_NOT_FOUND, HOST_UNREACHABLE */
async function plannedImage(
  { attempt, site, resolved: { spec, plan } }: Job,
  places: Places,
): Promise<{ templates: readonly Template[]; volume: string | undefined }> {
  if (spec.image === null) return { templates: [], volume: undefined };
  const { name, source: named } = spec.image;
  const { source, templates } = taken(await readImage(attempt, { places, templates: site.inventory.templates }, named));
  if (source.kind === 'import') return { templates: [], volume: source.volume };
  const approved = templates.filter((one) => isOfVersion(one, plan.image?.version ?? ''));
  if (approved.length > 0) return { templates: approved, volume: undefined };
  throw new Refused('IMAGE_NOT_FOUND', `the template of ${name} was changed after it was planned with`);
}

/** The cards that were planned; undefined when an image's own stay. @throws Refused NETWORK_NOT_FOUND */
export function wiresIn({ resolved, metadata, site }: Job, places: Places): Wire[] | undefined {
  if (resolved.plan.networks.length === 0) return undefined;
  return chooseWires(resolved.spec, metadata, places, site.options).map(taken);
}

/** @throws Refused for what could not be chosen */
function taken<T>(choice: Choice<T>): T {
  if ('found' in choice) return choice.found;
  throw new Refused(choice.reason, choice.problem.message);
}

import type { ResolvedVm } from '@dcm/contracts';
import { z } from 'zod';
import type { Attempt } from './attempt';
import { reference } from './client/managed.object';
import type { ClonePlaces } from './clone.places';
import { customizationOf } from './customization.policy';
import { ensureFolder } from './folder';
import { guestSettings, needsMacs } from './guestinfo.mapper';
import type { Inventory } from './inventory';
import type { Network, Places } from './places';
import { markSettings } from './mark.mapper';
import type { Metadata } from './metadata.schema';
import { readWish } from './wish.policy';
import { chooseDatastore, hostFor } from './datastore.policy';
import type { Place } from './placement.policy';
import { spaceFor } from './plan.policy';
import { settingProblems } from './settings.policy';
import type { Template } from './template';
import type { Templates } from './templates';
import type { Blueprint } from './spec.mapper';
import type { SiteOptions } from './vsphere.config';
import { Refused } from './vsphere.errors';

const scopeSchema = z.object({
  datacenter: z.string(),
  cluster: z.string(),
  resourcePool: z.string(),
  folder: z.string(),
});

/** What one attempt needs to turn an approved plan into calls. */
export interface Job {
  readonly attempt: Attempt;
  readonly resolved: ResolvedVm;
  readonly inventory: Inventory;
  readonly templates: Templates;
  readonly options: SiteOptions;
  readonly clones: ClonePlaces;
}

/**
 * The template that was planned with, in the version that was approved; undefined for a blank VM.
 * @throws Refused IMAGE_NOT_FOUND
 */
export async function plannedTemplate({ attempt, templates, resolved }: Job): Promise<Template | undefined> {
  const { spec, plan } = resolved;
  if (spec.image === null) return undefined;
  if (plan.image === null) throw new Refused('IMAGE_NOT_FOUND', 'its plan names no template');
  const { name, nativeId, version } = plan.image;
  const ref = reference('VirtualMachine', nativeId);
  const template = await templates.read(attempt, { ref, name, path: name, guestId: undefined }, spec);
  if (template === undefined) throw new Refused('IMAGE_NOT_FOUND', `the template ${nativeId} is gone`);
  if (template.version === version) return template;
  throw new Refused('IMAGE_NOT_FOUND', `the template of ${name} was changed after it was planned with`);
}

/** The networks that were planned; undefined when an image's own cards stay. @throws Refused NETWORK_NOT_FOUND */
export async function plannedNetworks({ attempt, resolved, inventory }: Job): Promise<Network[] | undefined> {
  const { networks: planned } = resolved.plan;
  if (planned.length === 0) return undefined;
  const find = ({ networks }: Places, nativeId: string): Network | undefined =>
    networks.find(({ ref }) => ref.value === nativeId);
  const known = await inventory.places(attempt);
  const isMiss = planned.some(({ nativeId }) => find(known, nativeId) === undefined);
  const places = isMiss ? await inventory.places(attempt, true) : known;
  return planned.map(({ name, nativeId }) => {
    const network = find(places, nativeId);
    if (network === undefined) throw new Refused('NETWORK_NOT_FOUND', `the network ${name} (${nativeId}) is gone`);
    return network;
  });
}

/**
 * Everything that the creating call needs; makes the site's folder where it is missing.
 * @throws Refused PLACEMENT_NOT_FOUND, STORAGE_NOT_FOUND, STORAGE_FULL, NETWORK_NOT_FOUND
 */
export async function drawBlueprint(job: Job, template: Template | undefined): Promise<Blueprint> {
  const { attempt, options } = job;
  const { spec, plan } = job.resolved;
  const { ownership } = attempt.operation;
  const { metadata } = readWish(spec);
  const { places, place, folder: path } = await plannedPlace(job);
  const needBytes = spaceFor(spec, template);
  const space = { named: metadata.datastore, hint: plan.hints['datastore'], needBytes, sizePointer: '/disks' };
  const datastore = chooseDatastore(places, place.compute, space, options);
  if ('problem' in datastore) throw new Refused(datastore.reason, datastore.problem.message);
  const networks = await plannedNetworks(job);
  const root = places.datacenter.vmFolder;
  const mayCreate = options.createFolder && path === options.folder;
  const folder = await ensureFolder(attempt, { root, path, mayCreate });
  const wish = { instanceId: ownership.instance, spec, macs: [] };
  const guestinfo = needsMacs(spec) ? [] : guestSettings(customizationOf(metadata), wish);
  return {
    spec,
    metadata,
    ownership,
    folder,
    pool: place.pool,
    host: place.compute.placesByItself ? undefined : hostFor(place.compute, datastore.found.ref.value)?.ref,
    datastore: datastore.found,
    networks,
    settings: new Map([
      ...askedSettings(metadata, options),
      ...guestinfo,
      ...markSettings(ownership, folder, spec.platformName),
    ]),
  };
}

/** The advanced settings of the request. @throws Refused INVALID_SPEC: the site may have changed since the plan */
export function askedSettings({ extraConfig = {} }: Metadata, options: SiteOptions): Map<string, string> {
  const [problem] = settingProblems(extraConfig, options.extraConfig);
  if (problem !== undefined) throw new Refused('INVALID_SPEC', `${problem.pointer} ${problem.message}`);
  return new Map(Object.entries(extraConfig));
}

/** The place of the plan's scope, as it is now. */
async function plannedPlace(job: Job): Promise<{ places: Places; place: Place; folder: string }> {
  const scope = scopeSchema.safeParse(job.resolved.plan.scope);
  if (!scope.success) throw new Refused('INVALID_SPEC', 'its plan names no place');
  const { datacenter, cluster, resourcePool, folder } = scope.data;
  for (const isMiss of [false, true]) {
    const places = await job.inventory.places(job.attempt, isMiss);
    const pool = places.pools.find(({ ref }) => ref.value === resourcePool)?.ref;
    const compute = places.computes.find(({ path }) => path === cluster);
    if (places.datacenter.path === datacenter && pool !== undefined && compute !== undefined) {
      return { places, place: { pool, compute }, folder };
    }
  }
  throw new Refused('PLACEMENT_NOT_FOUND', `the place ${cluster} (${resourcePool}) of its plan is gone`);
}

import type { Plan, VmSpec } from '@dcm/contracts';
import type { Access } from './access';
import type { ManagedObjectReference } from './client/managed.object';
import { readBoolean, readDate, readNumber, readReference, readString, type VimRecord } from './client/reader';
import { readDevices, type Devices } from './device.mapper';
import type { Inventory } from './inventory';
import type { Choice } from './choice.policy';
import { readMetadata } from './metadata.schema';
import type { Image } from './places';
import { chooseImage } from './placement.policy';
import { planOf } from './plan.policy';
import type { Template } from './template';
import type { SiteOptions } from './vsphere.config';
import { isGoneObject } from './vsphere.errors';

const TEMPLATE_PATHS = [
  'config.template',
  'config.changeVersion',
  'config.modified',
  'config.instanceUuid',
  'config.hardware.device',
  'config.hardware.numCoresPerSocket',
  'snapshot.currentSnapshot',
  'runtime.host',
] as const;

/** Looks up what plans are made from. */
export class Planner {
  constructor(
    private readonly inventory: Inventory,
    private readonly options: SiteOptions,
  ) {}

  /** Plans a VM; what is not found in the short memory is looked for once more. */
  async plan(access: Access, spec: VmSpec): Promise<Plan> {
    const plan = await this.planFrom(access, spec, false);
    const isRefused = plan.diagnostics.some(({ severity }) => severity === 'error');
    return isRefused ? this.planFrom(access, spec, true) : plan;
  }

  private async planFrom(access: Access, spec: VmSpec, isMiss: boolean): Promise<Plan> {
    const places = await this.inventory.places(access, isMiss);
    const template = spec.image === null ? null : await this.template(access, spec, spec.image.source, isMiss);
    return planOf({ spec, options: this.options, places, template });
  }

  private async template(
    access: Access,
    spec: Pick<VmSpec, 'metadata'>,
    ...[source, isMiss]: [string, boolean]
  ): Promise<Choice<Template>> {
    const choice = chooseImage(await this.inventory.images(access, isMiss), source);
    if ('problem' in choice) return choice;
    const template = await readTemplate(access, choice.found, spec);
    if (template !== undefined) return { found: template };
    const problem = { severity: 'error', pointer: '/image', message: `the template ${source} is gone` } as const;
    return { problem, reason: 'IMAGE_NOT_FOUND' };
  }
}

/** A template as it is now, for this request; undefined when it is gone or no template any more. */
export async function readTemplate(
  access: Access,
  image: Image,
  { metadata }: Pick<VmSpec, 'metadata'>,
): Promise<Template | undefined> {
  try {
    const properties = await access.properties(image.ref, TEMPLATE_PATHS);
    if (readBoolean(properties['config.template']) !== true) return undefined;
    const isLinked = readMetadata(metadata).metadata.linkedClone === true;
    const snapshot = isLinked ? readReference(properties['snapshot.currentSnapshot']) : undefined;
    return {
      image,
      // A newer snapshot has other disks: it is another image.
      version: [versionOf(properties), snapshot?.value ?? ''].join(' ').trim(),
      coresPerSocket: readNumber(properties['config.hardware.numCoresPerSocket']) ?? 1,
      devices:
        snapshot === undefined ? readDevices(properties['config.hardware.device']) : await devicesAt(access, snapshot),
      snapshot,
      host: readReference(properties['runtime.host']),
    };
  } catch (error) {
    if (isGoneObject(error, image.ref)) return undefined;
    throw error;
  }
}

/** The devices as they were when the snapshot was taken: they are what a linked clone gets. */
async function devicesAt(access: Access, snapshot: ManagedObjectReference): Promise<Devices> {
  const { 'config.hardware.device': devices } = await access.properties(snapshot, ['config.hardware.device']);
  return readDevices(devices);
}

/** Something that changes when the template does. */
function versionOf(properties: VimRecord): string {
  const change = readString(properties['config.changeVersion']);
  if (change !== undefined && change !== '') return change;
  const modified = readDate(properties['config.modified'])?.toISOString() ?? '';
  return `${readString(properties['config.instanceUuid']) ?? ''} ${modified}`.trim();
}

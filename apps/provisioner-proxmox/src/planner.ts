import type { Plan, VmSpec } from '@dcm/contracts';
import type { Access } from './access';
import type { Choice } from './choice.policy';
import { chooseSource } from './image.policy';
import type { Inventory } from './inventory';
import { planOf, type PlanDefaults, type PlannedImage, type Planned } from './plan.policy';
import type { Places } from './places';
import type { Placements } from './placements';
import { problem } from './choice.policy';
import { readRecords } from './reader.mapper';
import { isRefusal } from './outcome.errors';
import { Refused } from './proxmox.errors';
import type { Templates } from './templates';

/** Looks up what plans are made from. */
export class Planner {
  constructor(
    private readonly inventory: Inventory,
    private readonly placements: Placements,
    private readonly defaults: PlanDefaults,
  ) {}

  /**
   * Plans a VM; what is not found in the short memory is looked for once more.
   * @throws Refused HOST_UNREACHABLE when the request would be fine if a node were online
   */
  async plan(access: Access, spec: VmSpec): Promise<Plan> {
    const first = await this.planFrom(access, spec, false);
    const { plan, waitsFor } = isDone(first) ? first : await this.planFrom(access, spec, true);
    const isRefused = plan.diagnostics.some(({ severity }) => severity === 'error');
    if (waitsFor !== undefined && !isRefused) throw new Refused(waitsFor.reason, waitsFor.problem.message);
    return plan;
  }

  private async planFrom(access: Access, spec: VmSpec, isMiss: boolean): Promise<Planned> {
    const places = await this.inventory.places(access, isMiss);
    const image =
      spec.image === null
        ? null
        : await readImage(access, { places, templates: this.inventory.templates }, spec.image.source);
    const { defaults, placements } = this;
    return planOf({ spec, defaults, places, image, pendingMib: (node) => placements.pendingMib(node) });
  }
}

const isDone = ({ plan, waitsFor }: Planned): boolean =>
  waitsFor === undefined && !plan.diagnostics.some(({ severity }) => severity === 'error');

/** What an image's source names, with its templates as they are now; those whose node is offline are left out. */
export async function readImage(
  access: Access,
  { places, templates }: { readonly places: Places; readonly templates: Templates },
  source: string,
): Promise<Choice<PlannedImage>> {
  const choice = chooseSource(places, source);
  if ('problem' in choice) return choice;
  if (choice.found.kind === 'import') {
    const { storage, volume } = choice.found;
    const node = places.storages.find(({ name, isActive }) => name === storage && isActive)?.node;
    const isThere = node !== undefined && (await hasVolume(access, [node, storage], volume));
    if (!isThere) return problem('/image', `there is no image ${volume}`, 'IMAGE_NOT_FOUND');
    return { found: { source: choice.found, templates: [] } };
  }
  const online = choice.found.images.filter(({ node }) =>
    places.nodes.some(({ name, isOnline }) => name === node && isOnline),
  );
  if (online.length === 0) {
    const where = choice.found.images.map(({ node }) => node).join(', ');
    return problem('/image', `the node of the template ${source} is offline: ${where}`, 'HOST_UNREACHABLE');
  }
  const found = (await Promise.all(online.map((image) => templates.read(access, image)))).flatMap((one) => one ?? []);
  return found.length > 0
    ? { found: { source: choice.found, templates: found } }
    : problem('/image', `the template ${source} is gone`, 'IMAGE_NOT_FOUND');
}

async function hasVolume(access: Access, [node, storage]: readonly [string, string], volume: string): Promise<boolean> {
  try {
    const path = ['nodes', node, 'storage', storage, 'content'];
    const volumes = readRecords(await access.get(path, { content: 'import' }));
    return volumes.some(({ volid }) => volid === volume);
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

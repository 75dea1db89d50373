import type { ResourcePool } from '@dcm/contracts';
import { Cached } from '@dcm/connection';
import type { Access } from './access';
import { PLACE_FIELDS, placesOf } from './inventory.mapper';
import type { Places } from './places';
import type { Step } from './powershell/batch';
import { resourcesOf } from './resource.mapper';

/** How old what a plan is made from may be. VMs are many, places are few. */
const MAX_AGE_MS = 10_000;
/** Younger than this, a miss is believed: requests for what is not there must not keep the server busy. */
const MISSED_MAX_AGE_MS = 500;

const STEPS: readonly Step[] = [
  { as: 'hosts', cmd: 'Get-SCVMHost' },
  { as: 'clusters', cmd: 'Get-SCVMHostCluster' },
  { as: 'groups', cmd: 'Get-SCVMHostGroup' },
  { as: 'volumes', cmd: 'Get-SCStorageVolume' },
  { as: 'clouds', cmd: 'Get-SCCloud' },
  { as: 'networks', cmd: 'Get-SCVMNetwork' },
  { as: 'templates', cmd: 'Get-SCVMTemplate' },
];

/** What the VMM server offers. A short memory spares it a whole look for each plan. */
export class Inventory {
  private readonly memory = new Cached<Places>();

  /** `isMiss`: something was not found in what is remembered. */
  places(access: Access, isMiss = false): Promise<Places> {
    return this.memory.get(isMiss ? MISSED_MAX_AGE_MS : MAX_AGE_MS, () => this.read(access));
  }

  /** Everything, read now and in one go. */
  async list(access: Access): Promise<ResourcePool[]> {
    const places = await this.read(access);
    this.memory.set(places);
    return resourcesOf(places);
  }

  private async read(access: Access): Promise<Places> {
    return placesOf((await access.read({ steps: STEPS, return: PLACE_FIELDS })).rows);
  }
}

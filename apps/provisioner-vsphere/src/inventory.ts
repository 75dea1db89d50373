import type { ResourcePool } from '@dcm/contracts';
import { Cached } from '@dcm/connection';
import type { Access } from './access';
import { datacentersOf, imagesOf, isPlaceOrImage, placesOf } from './inventory.mapper';
import { IMAGE_PATHS, PLACE_PATHS } from './inventory.paths';
import { Tree } from './inventory.tree';
import type { Datacenter, Image, Places } from './places';
import { resourcesOf } from './resource.mapper';
import type { SiteOptions } from './vsphere.config';
import { Refused } from './vsphere.errors';

/** How old what a plan is made from may be. VMs are many, places are few. */
const PLACES_MAX_AGE_MS = 10_000;
const IMAGES_MAX_AGE_MS = 60_000;
/** Younger than this, a miss is believed: requests for what is not there must not keep the vCenter busy. */
const MISSED_PLACE_MAX_AGE_MS = 500;
const MISSED_IMAGE_MAX_AGE_MS = 2_000;

/** What the site's datacenter offers. Short memories spare the vCenter a traversal for each plan. */
export class Inventory {
  private readonly placesMemory = new Cached<Places>();
  private readonly imagesMemory = new Cached<readonly Image[]>();

  constructor(private readonly options: Pick<SiteOptions, 'datacenter'>) {}

  /** Clusters, hosts, pools, datastores and networks. `isMiss`: something was not found in what is remembered. */
  places(access: Access, isMiss = false): Promise<Places> {
    return this.placesMemory.get(isMiss ? MISSED_PLACE_MAX_AGE_MS : PLACES_MAX_AGE_MS, async () => {
      const tree = new Tree(await access.inventory(PLACE_PATHS));
      return placesOf(tree, this.choose(datacentersOf(tree)));
    });
  }

  /** The templates. */
  images(access: Access, isMiss = false): Promise<readonly Image[]> {
    return this.imagesMemory.get(isMiss ? MISSED_IMAGE_MAX_AGE_MS : IMAGES_MAX_AGE_MS, async () => {
      const { datacenter } = await this.places(access);
      return imagesOf(new Tree(await access.inventory(IMAGE_PATHS, isPlaceOrImage)), datacenter);
    });
  }

  /** Everything, read now and in one go. */
  async list(access: Access): Promise<ResourcePool[]> {
    const paths = { ...PLACE_PATHS, VirtualMachine: IMAGE_PATHS.VirtualMachine };
    const tree = new Tree(await access.inventory(paths, isPlaceOrImage));
    const places = placesOf(tree, this.choose(datacentersOf(tree)));
    const images = imagesOf(tree, places.datacenter);
    this.placesMemory.set(places);
    this.imagesMemory.set(images);
    return resourcesOf(places, images);
  }

  /** @throws Refused PLACEMENT_NOT_FOUND naming the choices */
  private choose(datacenters: readonly Datacenter[]): Datacenter {
    const { datacenter: wanted } = this.options;
    const found = datacenters.filter(({ name, path }) => wanted === undefined || name === wanted || path === wanted);
    const [first, second] = found;
    if (first !== undefined && second === undefined) return first;
    const seen = datacenters.map(({ path }) => path).join(', ') || 'none';
    const problem =
      first === undefined
        ? `the account sees no datacenter ${wanted ?? ''}`.trim()
        : 'the option "datacenter" must name one by its path';
    throw new Refused('PLACEMENT_NOT_FOUND', `${problem}; it sees: ${seen}`);
  }
}

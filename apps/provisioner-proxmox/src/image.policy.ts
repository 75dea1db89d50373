import { problem, type Choice } from './choice.policy';
import type { Image, Places } from './places';

/** From what a VM's system disk comes. */
export type Source =
  | { readonly kind: 'templates'; readonly images: readonly Image[] }
  /** A disk image in a storage's `import` content. */
  | { readonly kind: 'import'; readonly storage: string; readonly volume: string };

const VOLUME = /^([A-Za-z][A-Za-z0-9._-]*[A-Za-z0-9]):(import\/[A-Za-z0-9][A-Za-z0-9 ._+-]*\.(qcow2|raw|vmdk|img))$/;

/**
 * What an image's source names: templates by their name (one on each node is usual with local storage), one by its VMID,
 * or a volume such as `local:import/debian-12.qcow2`.
 */
export function chooseSource({ images, storages }: Places, source: string): Choice<Source> {
  const [volume, storage] = VOLUME.exec(source) ?? [];
  if (volume !== undefined && storage !== undefined) {
    const isThere = storages.some(({ name, content }) => name === storage && content.has('import'));
    if (isThere) return { found: { kind: 'import', storage, volume } };
    return problem('/image', `there is no storage ${storage} with images to import`, 'IMAGE_NOT_FOUND');
  }
  const named = images.filter(({ name }) => name === source);
  const found = named.length > 0 ? named : images.filter(({ vmid }) => String(vmid) === source);
  return found.length > 0
    ? { found: { kind: 'templates', images: found } }
    : problem('/image', `there is no template ${source}`, 'IMAGE_NOT_FOUND');
}

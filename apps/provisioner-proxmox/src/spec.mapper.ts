import type { Ownership, VmSpec } from '@dcm/contracts';
import { newDisk, newNic } from './changes.policy';
import type { Metadata } from './metadata.schema';
import { DCM_TAG, descriptionFor, tagFor } from './mark.mapper';
import type { Wire } from './network.policy';
import type { Place } from './placement.policy';

/** A VM that is to be made, with everything resolved. */
export interface Draft {
  readonly vmid: number;
  readonly spec: VmSpec;
  readonly metadata: Metadata;
  readonly ownership: Ownership;
  readonly place: Place;
  readonly pool: string | undefined;
  readonly wires: readonly Wire[] | undefined;
  /** The volume from which the system disk is imported. */
  readonly volume: string | undefined;
  /** Settings beside those of this file. */
  readonly settings: ReadonlyMap<string, string>;
}

type Parameters = Readonly<Record<string, boolean | number | string>>;

/** Parameters of POST clone. The copy stays off; size, tags and the guest's data follow in a second call. */
export function cloneParameters({ vmid, spec, ownership, place, pool }: Draft): Parameters {
  const { template, node, isLinked, storage } = place;
  return {
    newid: vmid,
    name: spec.platformName,
    description: descriptionFor(ownership, vmid),
    full: !isLinked,
    ...(!isLinked && { storage: storage.name }),
    ...(template !== undefined && template.image.node !== node && { target: node }),
    ...(pool !== undefined && { pool }),
  };
}

/** Parameters of POST qemu: a VM without a template, with all its devices and its mark in one call. */
export function createParameters(draft: Draft): Parameters {
  const { vmid, spec, ownership, pool, wires = [], settings } = draft;
  return {
    vmid,
    name: spec.platformName,
    description: descriptionFor(ownership, vmid),
    ostype: 'l26',
    scsihw: 'virtio-scsi-single',
    agent: '1',
    cores: spec.cpus,
    memory: spec.memoryMib,
    ...Object.fromEntries(wires.map((wire, index) => [`net${index}`, newNic(wire)])),
    ...diskParameters(draft),
    ...Object.fromEntries(settings),
    ...(pool !== undefined && { pool }),
  };
}

function diskParameters({ spec, place, volume }: Draft): Record<string, string> {
  const { storage } = place;
  const disks = Object.fromEntries(spec.disks.map(({ sizeGib }, index) => [`scsi${index}`, newDisk(storage, sizeGib)]));
  const bootable = { boot: 'order=scsi0' };
  if (volume === undefined) return spec.disks.length === 0 ? disks : { ...disks, ...bootable };
  // The size of an imported disk is its image's: it grows afterwards.
  const imported = newDisk(storage, 0);
  return { ...disks, scsi0: `${imported},import-from=${volume}`, ide2: `${storage.name}:cloudinit`, ...bootable };
}

/** The tags of a new VM: DCM's own, and those that are asked for. */
export const tagsFor = (ownership: Ownership, vmid: number, { tags = [] }: Metadata): string =>
  [...new Set([DCM_TAG, tagFor(ownership, vmid), ...tags.map((tag) => tag.toLowerCase())])].sort().join(';');

/**
 * What the metadata says of the hardware.
 * @param defaults the site's @param storage for the settings of UEFI firmware, where the VM has none yet
 */
export function hardwareSettings(
  { cpuType, bios, hasKeys }: Pick<Metadata, 'cpuType' | 'bios'> & { readonly hasKeys: boolean },
  defaults: { readonly cpuType?: string | undefined },
  storage: string | undefined,
): Map<string, string> {
  const settings: [string, string | undefined][] = [
    ['cpu', cpuType ?? defaults.cpuType],
    ['bios', bios],
    [
      'efidisk0',
      bios === 'ovmf' && storage !== undefined
        ? `${storage}:1,efitype=4m,pre-enrolled-keys=${hasKeys ? 1 : 0}`
        : undefined,
    ],
  ];
  return new Map(settings.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

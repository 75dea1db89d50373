import type { Ownership, VmSpec } from '@dcm/contracts';
import type { ManagedObjectReference } from './client/managed.object';
import type { VimObject } from './client/vim.data';
import { customizationSpec } from './customization.mapper';
import { addDisk, addNic } from './device-change.mapper';
import { isChild, kibOf } from './device.mapper';
import type { Datastore, Network } from './places';
import { asExtraConfig } from './mark.mapper';
import type { Metadata } from './metadata.schema';
import { backingFor } from './network.mapper';
import { SlotFinder } from './slot.policy';
import type { Template } from './template';
import { Refused } from './vsphere.errors';

/** A VM that is to be made, with everything resolved. */
export interface Blueprint {
  readonly spec: VmSpec;
  readonly metadata: Metadata;
  readonly ownership: Ownership;
  readonly folder: ManagedObjectReference;
  readonly pool: ManagedObjectReference;
  /** Where the cluster does not choose itself. */
  readonly host: ManagedObjectReference | undefined;
  readonly datastore: Datastore;
  /** Undefined: an image's own cards stay. */
  readonly networks: readonly Network[] | undefined;
  /** The mark among them: it is written in the very call that makes the VM. */
  readonly settings: ReadonlyMap<string, string>;
}

const DEFAULT_GUEST = 'otherGuest64';

/** Parameters of CloneVM_Task. The copy stays off until it is finished. */
export function cloneParameters(blueprint: Blueprint, template: Template): VimObject {
  const { folder, pool, host, datastore, spec, metadata } = blueprint;
  return {
    folder,
    name: spec.platformName,
    spec: {
      location: { folder, datastore: datastore.ref, diskMoveType: moveTypeFor(template), pool, host },
      template: false,
      config: {
        ...identity(blueprint),
        guestId: metadata.guestId,
        numCPUs: spec.cpus,
        numCoresPerSocket: spec.cpus % template.coresPerSocket === 0 ? undefined : 1,
        memoryMB: spec.memoryMib,
        bootOptions: template.isEfi ? secureBootOf(spec) : undefined,
      },
      customization: customizationFor(blueprint, template),
      powerOn: false,
      snapshot: template.snapshot,
    },
  };
}

/** Given in the creating call where the copy keeps as many cards as the image has; else it follows them. */
function customizationFor({ spec, metadata, networks }: Blueprint, { devices }: Template): VimObject | undefined {
  const nics = devices.nics.length;
  return (networks?.length ?? nics) === nics ? customizationSpec({ spec, metadata, nics }) : undefined;
}

/**
 * How the image's disks become the copy's. The copies of an image that has snapshots are made one disk again: vCenter
 * would copy the chain, and a disk that stands on another never grows.
 * @see https://developer.broadcom.com/xapis/vsphere-web-services-api/latest/vim.vm.RelocateSpec.DiskMoveOptions.html
 */
function moveTypeFor({ snapshot, devices }: Template): string | undefined {
  if (snapshot !== undefined) return 'createNewChildDiskBacking';
  return devices.disks.some(isChild) ? 'moveAllDiskBackingsAndConsolidate' : undefined;
}

/** Parameters of CreateVM_Task: a VM without an operating system, with all its devices. */
export function createParameters(blueprint: Blueprint): VimObject {
  const { spec, metadata, datastore, pool, host, networks = [] } = blueprint;
  const slots = new SlotFinder({ all: [], scsiControllers: [] });
  const disks = spec.disks.map(({ sizeGib }, index) => {
    const slot = slots.next();
    if (slot === undefined) throw new Refused('INVALID_SPEC', 'the VM can hold no more disks');
    return addDisk(-1 - index, slot, kibOf(sizeGib), metadata.diskProvisioning !== 'thick');
  });
  const nics = networks.map((network, index) => addNic(-200 - index, backingFor(network)));
  return {
    config: {
      name: spec.platformName,
      ...identity(blueprint),
      guestId: metadata.guestId ?? DEFAULT_GUEST,
      files: { vmPathName: `[${datastore.name}]` },
      numCPUs: spec.cpus,
      memoryMB: spec.memoryMib,
      firmware: spec.firmware?.secureBoot === true ? 'efi' : undefined,
      bootOptions: spec.firmware?.secureBoot === true ? secureBootOf(spec) : undefined,
      deviceChange: [...slots.controllers, ...disks, ...nics],
    },
    pool,
    host,
  };
}

/** Absent leaves it as the image has it. */
const secureBootOf = ({ firmware }: VmSpec): VimObject | undefined =>
  firmware === undefined ? undefined : { efiSecureBootEnabled: firmware.secureBoot };

function identity({ ownership, settings }: Blueprint): VimObject {
  return {
    instanceUuid: ownership.instance,
    annotation: `Made by DCM (${ownership.installation}): VM ${ownership.instance}, project ${ownership.project}`,
    extraConfig: asExtraConfig([...settings].filter(([, value]) => value !== '')),
  };
}

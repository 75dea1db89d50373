import type { Plan, VmSpec } from '@dcm/contracts';
import { creationBatch } from '../../apps/provisioner-hyperv/src/creation.mapper';
import { discFor } from '../../apps/provisioner-hyperv/src/cloudinit.mapper';
import { customizationOf as hypervCustomization } from '../../apps/provisioner-hyperv/src/customization.policy';
import { readMetadata as hypervMetadata } from '../../apps/provisioner-hyperv/src/metadata.schema';
import { planOf as planOnHyperv } from '../../apps/provisioner-hyperv/src/plan.policy';
import { secureBootOf } from '../../apps/provisioner-hyperv/src/secure-boot.policy';
import * as hyperv from '../../apps/provisioner-hyperv/test/builders';
import { cloudInitSettings } from '../../apps/provisioner-proxmox/src/cloud-init.mapper';
import { planOf as planOnProxmox } from '../../apps/provisioner-proxmox/src/plan.policy';
import { cloneParameters as proxmoxClone, hardwareSettings } from '../../apps/provisioner-proxmox/src/spec.mapper';
import { readWish as proxmoxWish } from '../../apps/provisioner-proxmox/src/wish.policy';
import * as proxmox from '../../apps/provisioner-proxmox/src/testing/places.builder';
import { reference } from '../../apps/provisioner-vsphere/src/client/managed.object';
import { customizationOf } from '../../apps/provisioner-vsphere/src/customization.policy';
import { guestSettings } from '../../apps/provisioner-vsphere/src/guestinfo.mapper';
import { planOf as planOnVsphere } from '../../apps/provisioner-vsphere/src/plan.policy';
import { cloneParameters as vsphereClone } from '../../apps/provisioner-vsphere/src/spec.mapper';
import { readWish as vsphereWish } from '../../apps/provisioner-vsphere/src/wish.policy';
import * as vsphere from '../../apps/provisioner-vsphere/test/builders';

/** A platform's planner, and what its creating calls would say; no call is made. */
export interface PlatformUnderTest {
  readonly platform: string;
  readonly template: string;
  readonly network: string;
  plan(spec: VmSpec): Plan;
  applied(spec: VmSpec, plan: Plan): unknown;
}

/** What every builder takes from the spec itself: the conformance suite shows that it does. */
const size = ({ cpus, memoryMib, disks, poweredOn }: VmSpec): unknown => ({ cpus, memoryMib, disks, poweredOn });

const vsphereTemplate = (spec: VmSpec) =>
  vsphere.aTemplate({
    isEfi: true,
    snapshot: vsphereWish(spec).metadata.linkedClone === true ? reference('VirtualMachineSnapshot', 's-1') : undefined,
  });

export const Vsphere: PlatformUnderTest = {
  platform: 'vsphere',
  template: 'debian-12-template',
  network: 'VM Network',
  plan: (spec) =>
    planOnVsphere({
      spec,
      options: vsphere.someOptions(),
      places: vsphere.somePlaces(),
      template: spec.image === null ? null : { found: vsphereTemplate(spec) },
    }),
  applied: (spec) => {
    const { metadata } = vsphereWish(spec);
    const wish = { instanceId: vsphere.anOwnership().instance, spec, macs: ['00:50:56:aa:bb:01'] };
    const blueprint = {
      ...{ spec, metadata, ownership: vsphere.anOwnership(), folder: vsphere.FOLDER, host: undefined },
      ...{ pool: reference('ResourcePool', 'p'), datastore: vsphere.aDatastore(), networks: [] },
      settings: guestSettings(customizationOf(metadata), wish),
    };
    return [size(spec), vsphereClone(blueprint, vsphereTemplate(spec))];
  },
};

const proxmoxDefaults = { fullClone: true, storageReserve: 0, networks: {} } as const;

export const Proxmox: PlatformUnderTest = {
  platform: 'proxmox',
  template: 'debian',
  network: 'vmbr0',
  plan: (spec) => {
    const template = proxmox.aTemplate();
    const source = { kind: 'template', images: [template.image] } as never;
    const image = spec.image === null ? null : { found: { source, templates: [template] } };
    const basis = { spec, defaults: proxmoxDefaults, places: proxmox.somePlaces(), image };
    return planOnProxmox({ ...basis, pendingMib: () => 0 }).plan;
  },
  applied: (spec) => {
    const { metadata } = proxmoxWish(spec);
    const place = { node: 'pve1', template: proxmox.aTemplate(), isLinked: metadata.fullClone === false };
    const draft = {
      ...{ vmid: 7, spec, metadata, ownership: vsphere.anOwnership(), pool: undefined, wires: undefined },
      ...{ volume: undefined, settings: new Map<string, string>(), place: { ...place, storage: proxmox.aStorage() } },
    };
    const hardware = hardwareSettings({ ...metadata, hasKeys: spec.firmware?.secureBoot === true }, {}, 'ceph');
    const guest = [...cloudInitSettings(spec, [0], {}), spec.guest.adminPassword ?? null];
    return [size(spec), proxmoxClone(draft), [...hardware], guest];
  },
};

const library = { share: '\\\\vmm01\\MSSCVMMLibrary', folder: 'C:\\Library' };

const onHyperv = (template: string): PlatformUnderTest => ({
  platform: 'hyperv',
  template,
  network: 'VM Network',
  plan: (spec) => planOnHyperv({ spec, options: hyperv.someOptions({ library }), places: hypervPlaces() }),
  applied: (spec) => {
    const { metadata } = hypervMetadata(spec.metadata);
    const image = hypervPlaces().templates.find(({ name }) => name === spec.image?.source) ?? hyperv.aTemplate();
    const customization = hypervCustomization(image, spec, {
      metadata,
      options: hyperv.someOptions({ library }),
    });
    const place = { kind: 'cloud', id: 'cloud-1', name: 'gold' } as const;
    const blueprint = { template: image, place, host: undefined, metadata, customization };
    const birth = { blueprint, spec, ownership: hyperv.anOwnership(), attempt: 1, lockWaitMs: 1 };
    const disc =
      customization === 'cloud-init'
        ? discFor({ instanceId: hyperv.anOwnership().instance, spec, macs: ['00:15:5d:00:00:01'] }).toString('base64')
        : null;
    return [size(spec), creationBatch(birth), secureBootOf(spec, metadata, image) ?? null, disc];
  },
});

export const HypervWindows = onHyperv('windows-2022-template');
export const HypervLinux = onHyperv('debian-12-template');

/** The Windows template has a small disk here, as those of the other platforms have. */
const hypervPlaces = () => {
  const places = hyperv.somePlaces();
  const templates = places.templates.map((one) => ({ ...one, diskBytes: [8 * hyperv.GIB] }));
  return { ...places, templates };
};

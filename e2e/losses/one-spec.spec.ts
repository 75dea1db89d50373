import type { Plan, VmSpec } from '@dcm/contracts';
import { someOptions as hypervOptions, somePlaces as hypervPlaces } from '../../apps/provisioner-hyperv/test/builders';
import { planOf as planOnHyperv } from '../../apps/provisioner-hyperv/src/plan.policy';
import {
  aTemplate as proxmoxTemplate,
  somePlaces as proxmoxPlaces,
} from '../../apps/provisioner-proxmox/src/testing/places.builder';
import { planOf as planOnProxmox } from '../../apps/provisioner-proxmox/src/plan.policy';
import { reference } from '../../apps/provisioner-vsphere/src/client/managed.object';
import {
  anImage,
  aTemplate as vsphereTemplate,
  someOptions as vsphereOptions,
  somePlaces as vspherePlaces,
} from '../../apps/provisioner-vsphere/test/builders';
import { planOf as planOnVsphere } from '../../apps/provisioner-vsphere/src/plan.policy';

const wish = (network: string, source: string, fields: Partial<VmSpec> = {}): VmSpec => ({
  name: 'web-01',
  platformName: 'web-01-0198f3c2',
  image: { name: 'image', source },
  cpus: 1,
  memoryMib: 1024,
  disks: [],
  networks: [{ network, address: { cidr: '192.0.2.7/24', gateway: '192.0.2.1', dns: ['192.0.2.53'] } }],
  clone: 'linked',
  firmware: { secureBoot: true },
  poweredOn: true,
  labels: {},
  metadata: {},
  guest: {
    hostname: null,
    sshKeys: [],
    userData: null,
    domain: { name: 'corp.example', user: 'joiner@corp.example', password: 'canary-4711' },
  },
  ...fields,
});

const found = ({ losses, diagnostics }: Plan): string[] => [
  ...losses.map(({ feature, pointer }) => `${feature} ${pointer}`),
  ...diagnostics.filter(({ severity }) => severity === 'error').map(({ pointer }) => `refused ${pointer}`),
];

const snapshot = reference('VirtualMachineSnapshot', 'snapshot-1');
const onVsphere = (isEfi: boolean, guestId: string, fields: Partial<VmSpec> = {}): Plan =>
  planOnVsphere({
    spec: wish('VM Network', 'debian-12-template', fields),
    options: vsphereOptions(),
    places: vspherePlaces(),
    template: { found: vsphereTemplate({ snapshot, isEfi, image: anImage({ guestId }) }) },
  });
const onProxmox = (firmware?: { isUefi: boolean; hasKeys: boolean }): Plan => {
  const template = proxmoxTemplate(firmware === undefined ? {} : { firmware });
  const defaults = { fullClone: true, storageReserve: 0, networks: {} } as const;
  const image = { found: { source: { kind: 'template', images: [template.image] }, templates: [template] } } as const;
  const spec = wish('vmbr0', 'debian');
  return planOnProxmox({ spec, defaults, places: proxmoxPlaces(), image: image as never, pendingMib: () => 0 }).plan;
};
const library = { share: '\\\\vmm01\\MSSCVMMLibrary', folder: 'C:\\Library' };
const onHyperv = (source: string): Plan =>
  planOnHyperv({ spec: wish('VM Network', source), options: hypervOptions({ library }), places: hypervPlaces() });

describe('a static address, a linked clone, secure boot and a domain to join', () => {
  const windows = { hostname: 'web', sshKeys: [], userData: null, adminPassword: 'canary-4711' };
  const domain = wish('', '').guest.domain;

  it.each<[string, Plan, string[]]>([
    [
      'vSphere with a Linux template that starts by BIOS',
      onVsphere(false, 'debian12_64Guest'),
      ['linked-clone /clone', 'secure-boot /firmware/secureBoot', 'domain-join /guest/domain'],
    ],
    [
      'vSphere with a Linux template that starts by EFI',
      onVsphere(true, 'debian12_64Guest'),
      ['linked-clone /clone', 'domain-join /guest/domain'],
    ],
    [
      'vSphere with a Windows template',
      onVsphere(true, 'windows2019srv_64Guest', {
        metadata: { customization: 'windows' },
        guest: { ...windows, ...(domain !== undefined && { domain }) },
      }),
      ['linked-clone /clone', 'guest-preparation /metadata/vsphere/customization'],
    ],
    [
      'Proxmox VE with a template without EFI disk',
      onProxmox(),
      ['linked-clone /clone', 'secure-boot /firmware/secureBoot', 'domain-join /guest/domain'],
    ],
    [
      'Proxmox VE with a template that has keys',
      onProxmox({ isUefi: true, hasKeys: true }),
      ['linked-clone /clone', 'domain-join /guest/domain'],
    ],
    [
      'Hyper-V with a Linux template',
      onHyperv('debian-12-template'),
      ['linked-clone /clone', 'domain-join /guest/domain'],
    ],
    [
      'Hyper-V with a Windows template',
      onHyperv('windows-2022-template'),
      ['linked-clone /clone', 'guest-preparation /guest', 'refused /networks/0/address'],
    ],
  ])('on %s', (_where, plan, expected) => {
    expect(found(plan).sort()).toEqual([...expected].sort());
    expect(JSON.stringify(plan)).not.toContain('canary');
  });

  it('are refused where core and metadata contradict each other', () => {
    expect(found(onVsphere(true, 'debian12_64Guest', { metadata: { linkedClone: false } }))).toContain(
      'refused /clone',
    );
  });
});

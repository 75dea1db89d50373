import type { Plan, VmSpec } from '@dcm/contracts';
import {
  aCompute,
  aDisk,
  aHost,
  aMachine,
  aNic,
  aSpec,
  aTemplate,
  anImage,
  someOptions,
  somePlaces,
} from '../test/builders';
import { planOf, type PlanBasis } from './plan.policy';

const plan = (spec: Partial<VmSpec> = {}, basis: Partial<PlanBasis> = {}): Plan =>
  planOf({
    spec: aSpec(spec),
    options: someOptions(),
    places: somePlaces(),
    template: { found: aTemplate() },
    ...basis,
  });
const pointers = ({ diagnostics }: Plan, severity = 'error'): string[] =>
  diagnostics.filter((one) => one.severity === severity).map(({ pointer }) => pointer);

describe('a plan', () => {
  it('resolves everything to native ids, with the datastore as a hint only', () => {
    expect(plan()).toEqual({
      diagnostics: [],
      losses: [],
      image: { name: 'debian-12', nativeId: 'vm-1', version: '2026-01-01' },
      networks: [{ name: 'VM Network', nativeId: 'network-1' }],
      diskGib: 8,
      scope: { datacenter: '/DC0', cluster: '/DC0/host/C0', resourcePool: 'resgroup-1', folder: 'dcm' },
      hints: { datastore: 'datastore-1' },
    });
  });

  it('names a host where the cluster does not choose one', () => {
    const places = somePlaces({ computes: [aCompute({ placesByItself: false, hosts: [aHost()] })] });
    expect(plan({}, { places }).hints).toEqual({ datastore: 'datastore-1', host: 'host-1' });
  });

  it('counts what the disks will hold together', () => {
    const devices = aMachine({ 'config.hardware.device': [aDisk(8), aDisk(2.5, { key: 2001 })] }).devices;
    const template = { found: aTemplate({ devices }) };
    expect(plan({}, { template }).diskGib).toBe(11);
    expect(plan({ disks: [{ sizeGib: 10 }] }, { template }).diskGib).toBe(13);
    expect(plan({ disks: [{ sizeGib: 8 }, { sizeGib: 5 }, { sizeGib: 7 }] }, { template }).diskGib).toBe(20);
  });

  it('uses the network of the site for a VM that names none, and keeps the cards of the image without one', () => {
    expect(plan({ networks: [] }, { options: someOptions({ network: 'prod' }) }).networks).toEqual([
      { name: 'prod', nativeId: 'dvportgroup-1' },
    ]);
    expect(plan({ networks: [] }).networks).toEqual([]);
  });

  it.each<[string, Partial<VmSpec>, string[]]>([
    ['a name that vCenter would escape', { platformName: 'a/b' }, ['/name']],
    ['a disk that would shrink', { disks: [{ sizeGib: 7 }] }, ['/disks/0/sizeGib']],
    ['more space than there is', { disks: [{ sizeGib: 500 }] }, ['/disks']],
    ['a network that is missing', { networks: [{ network: 'prod' }, { network: 'x' }] }, ['/networks/1/network']],
    ['a cluster that is missing', { metadata: { cluster: 'C7' } }, ['/metadata/vsphere/cluster']],
    ['a folder that is missing', { metadata: { folder: 'x' } }, ['/metadata/vsphere/folder']],
    ['a key that is unknown', { metadata: { dataStore: 'x' } }, ['/metadata/vsphere/dataStore']],
    ['more memory than any host has', { memoryMib: 131_076 }, ['/memoryMib']],
    [
      'several things at once',
      { metadata: { datastore: 'x' }, networks: [{ network: 'x' }], cpus: 33 },
      ['/networks/0/network', '/cpus', '/metadata/vsphere/datastore'],
    ],
  ])('refuses %s, by its place in the request', (_, spec, expected) => {
    expect(pointers(plan(spec))).toEqual(expected);
  });

  it('refuses an image that cannot be found and judges the rest', () => {
    const problem = { severity: 'error', pointer: '/image', message: 'there is no template x' } as const;
    const refused = plan({ networks: [{ network: 'x' }] }, { template: { problem, reason: 'IMAGE_NOT_FOUND' } });
    expect(pointers(refused)).toEqual(['/image', '/networks/0/network']);
    expect(refused.image).toBeNull();
  });

  it('refuses an image whose card it cannot move', () => {
    const devices = aMachine({ 'config.hardware.device': [aNic({ $type: 'VirtualSriovEthernetCard' })] }).devices;
    expect(
      pointers(plan({ networks: [{ network: 'prod' }] }, { template: { found: aTemplate({ devices }) } })),
    ).toEqual(['/image']);
  });

  it('warns that an address depends on the image', () => {
    const networks = [{ network: 'prod', address: { cidr: '192.0.2.7/24' } }];
    expect(pointers(plan({ networks }), 'warning')).toEqual(['/networks/0/address']);
  });

  it('tells what is lost here', () => {
    const guest = { hostname: 'web', sshKeys: [], userData: 'secret' };
    const devices = aMachine({ 'config.hardware.device': [aDisk(8), aNic(), aNic({ key: 4001 })] }).devices;
    const template = { found: aTemplate({ devices, image: anImage({ guestId: 'windows2019srv_64Guest' }) }) };
    const { losses } = plan({ labels: { a: 'b' }, guest, metadata: { diskProvisioning: 'thick' } }, { template });
    expect(losses.map(({ feature, pointer }) => [feature, pointer])).toEqual([
      ['labels', '/labels'],
      ['hostname', '/guest/hostname'],
      ['user-data', '/guest/userData'],
      ['user-data', '/guest/userData'],
      ['disk-provisioning', '/metadata/vsphere/diskProvisioning'],
      ['network-cards', '/networks'],
    ]);
    expect(JSON.stringify(losses)).not.toContain('secret');
    expect(
      plan({ image: null, disks: [{ sizeGib: 1 }], guest: { ...guest, userData: null } }, { template: null }),
    ).toMatchObject({
      image: null,
      losses: [
        { feature: 'hostname', pointer: '/guest/hostname', message: expect.stringMatching(/no image\.$/) as string },
      ],
    });
  });
});

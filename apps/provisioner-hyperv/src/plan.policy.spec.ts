import type { VmSpec } from '@dcm/contracts';
import { aHost, aSpec, aVolume, someOptions, somePlaces } from '../test/builders';
import type { SiteOptions } from './hyperv.config';
import { planOf } from './plan.policy';

const LIBRARY = { share: '\\\\vmm01\\MSSCVMMLibrary', folder: 'C:\\Library' };
const plan = (changes: Partial<VmSpec> = {}, options: Partial<SiteOptions> = {}, places = somePlaces()) =>
  planOf({ spec: aSpec(changes), options: someOptions(options), places });
const errors = (changes: Partial<VmSpec>, options: Partial<SiteOptions> = {}, places = somePlaces()): string[] =>
  plan(changes, options, places)
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ pointer }) => pointer);
const windows = { name: 'windows', source: 'windows-2022-template' };
const guest = aSpec().guest;

describe('a plan', () => {
  it('resolves image, network and place to ids', () => {
    expect(plan({ disks: [{ sizeGib: 10 }, { sizeGib: 1 }] })).toEqual({
      diagnostics: [],
      losses: [],
      image: { name: 'debian-12', nativeId: 'template-1', version: '2026-01-01T00:00:00.000Z' },
      networks: [{ name: 'VM Network', nativeId: 'net-1' }],
      diskGib: 11,
      scope: { kind: 'host-group', id: 'group-1', name: 'All Hosts' },
      hints: {},
    });
  });

  it.each([
    [{ cloud: 'gold' }, { kind: 'cloud', id: 'cloud-1', name: 'gold' }, {}],
    [{ hostGroup: 'lab' }, { kind: 'host-group', id: 'group-2', name: 'All Hosts\\lab' }, {}],
    [{ hostGroup: 'All Hosts\\lab' }, { kind: 'host-group', id: 'group-2', name: 'All Hosts\\lab' }, {}],
    [{ host: 'HV01' }, { kind: 'host', id: 'host-1', name: 'hv01.contoso.test' }, {}],
    [
      { csv: 'volume1' },
      { kind: 'host-group', id: 'group-1', name: 'All Hosts', csv: 'C:\\ClusterStorage\\Volume1' },
      { host: 'host-2' },
    ],
  ])('places by %j', (metadata, scope, hints) => {
    expect(plan({ metadata })).toMatchObject({ diagnostics: [], scope, hints });
  });

  it("takes the site's cloud for a request that names no place, and its network for one that names none", () => {
    expect(plan({ networks: [] }, { cloud: 'gold', vmNetwork: 'backup' })).toMatchObject({
      scope: { kind: 'cloud' },
      networks: [{ nativeId: 'net-2' }],
    });
    expect(plan({ networks: [], metadata: { vmNetwork: 'VM Network' } }, { vmNetwork: 'backup' }).networks).toEqual([
      { name: 'VM Network', nativeId: 'net-1' },
    ]);
  });

  it.each<[string, Partial<VmSpec>, string]>([
    ['no image', { image: null }, '/image'],
    ['an unknown image', { image: { name: 'x', source: 'x' } }, '/image'],
    ['an unknown network', { networks: [{ network: 'VM Network' }, { network: 'x' }] }, '/networks/1/network'],
    ['an unknown key', { metadata: { datastore: 'x' } }, '/metadata/hyperv/datastore'],
    ['an unknown cloud', { metadata: { cloud: 'x' } }, '/metadata/hyperv/cloud'],
    ['an unknown host group', { metadata: { hostGroup: 'x' } }, '/metadata/hyperv/hostGroup'],
    ['an unknown host', { metadata: { host: 'x' } }, '/metadata/hyperv/host'],
    ['an unknown volume', { metadata: { csv: 'x' } }, '/metadata/hyperv/csv'],
    ['two places', { metadata: { cloud: 'gold', host: 'hv01' } }, '/metadata/hyperv/host'],
    ['a volume in a cloud', { metadata: { cloud: 'gold', csv: 'Volume1' } }, '/metadata/hyperv/csv'],
    ['another generation', { metadata: { generation: 1 } }, '/metadata/hyperv/generation'],
    ['a VLAN that cannot be', { metadata: { vlan: 4095 } }, '/metadata/hyperv/vlan'],
    ['a Run As account for Linux', { metadata: { runAsAccount: 'x' } }, '/metadata/hyperv/runAsAccount'],
    ['a name that VMM cannot have', { platformName: 'a*b' }, '/name'],
    ['a smaller disk', { disks: [{ sizeGib: 7 }] }, '/disks/0/sizeGib'],
    ['odd memory', { memoryMib: 1025 }, '/memoryMib'],
    ['more CPUs than any host has', { cpus: 64 }, '/cpus'],
    ['more memory than any host has', { memoryMib: 1_000_000 }, '/memoryMib'],
    ['user data that nobody reads', { guest: { ...guest, userData: 'x' } }, '/guest/userData'],
    [
      'an address that nobody sets',
      { networks: [{ network: 'VM Network', address: { cidr: '10.0.0.1/24' } }] },
      '/networks/0/address',
    ],
    ['a password for Linux', { guest: { ...guest, adminPassword: 'x' } }, '/guest/adminPassword'],
  ])('refuses %s', (_, changes, pointer) => {
    expect(errors(changes)).toEqual([pointer]);
  });

  it('takes user data and addresses where the site has a library', () => {
    const networks = [{ network: 'VM Network', address: { cidr: '10.0.0.1/24' } }];
    expect(errors({ guest: { ...guest, userData: 'x' }, networks }, { library: LIBRARY })).toEqual([]);
  });

  it.each<[string, Partial<VmSpec['guest']>, Record<string, unknown>, string[]]>([
    ['a name of more than 15 letters', { hostname: 'a-name-of-17-signs' }, {}, ['/guest/hostname']],
    ['a domain', { hostname: 'a.b' }, {}, ['/guest/hostname']],
    [
      'a password and a Run As account',
      { adminPassword: 'x' },
      { runAsAccount: 'x' },
      ['/metadata/hyperv/runAsAccount'],
    ],
    ['user data', { userData: 'x' }, {}, ['/guest/userData']],
    ['nothing of a password alone', { adminPassword: 'x' }, {}, []],
    ['nothing of a Run As account alone', {}, { runAsAccount: 'x' }, []],
  ])('refuses of a Windows guest %s', (_, changes, metadata, pointers) => {
    expect(errors({ image: windows, guest: { ...guest, ...changes }, metadata }, { library: LIBRARY })).toEqual(
      pointers,
    );
  });

  it('places nothing where no host is available, or the volume is full', () => {
    const hosts = somePlaces().hosts.map((host) => aHost({ ...host, isUsable: false }));
    expect(errors({}, {}, somePlaces({ hosts }))).toEqual(['']);
    const volumes = [aVolume({ freeBytes: 1 })];
    expect(errors({ metadata: { csv: 'Volume1' } }, {}, somePlaces({ volumes }))).toEqual(['/disks']);
  });

  it('says what is lost', () => {
    const { losses } = plan({ labels: { a: 'b' }, guest: { ...guest, sshKeys: ['k'], hostname: 'h' } });
    expect(losses.map(({ feature }) => feature)).toEqual(['labels', 'ssh-keys', 'hostname']);
  });
});

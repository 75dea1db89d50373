import type { VmSpec } from '@dcm/contracts';
import { planOf, type PlanBasis, type PlanDefaults } from './plan.policy';
import { aNode, aStorage, aTemplate, somePlaces } from './testing/places.builder';
import { aSpec } from './testing/spec.builder';

const defaults: PlanDefaults = { fullClone: true, storageReserve: 0.1, networks: {} };
const templates = [aTemplate()];
const image: PlanBasis['image'] = {
  found: { source: { kind: 'templates', images: templates.map((one) => one.image) }, templates },
};
const plan = (spec: Partial<VmSpec> = {}, overrides: Partial<PlanBasis> = {}) =>
  planOf({ spec: aSpec(spec), defaults, places: somePlaces(), image, pendingMib: () => 0, ...overrides });
const errors = (...given: Parameters<typeof plan>) =>
  plan(...given).plan.diagnostics.flatMap(({ severity, pointer }) => (severity === 'error' ? [pointer] : []));

describe('a plan', () => {
  it('resolves image, networks and disks to native ids, and hints at the place', () => {
    const { plan: made } = plan(
      { disks: [{ sizeGib: 5 }, { sizeGib: 1 }] },
      { defaults: { ...defaults, pool: 'dcm' } },
    );
    expect(made).toEqual({
      diagnostics: [],
      losses: [],
      image: { name: 'debian-12', nativeId: '9001', version: '9001:aaaaaaaaaaaa' },
      networks: [{ name: 'vmbr0', nativeId: 'vmbr0' }],
      diskGib: 6,
      scope: { pool: 'dcm' },
      hints: { node: 'pve2', storage: 'ceph' },
    });
  });

  it('holds what was named in its scope', () => {
    const metadata = { node: 'pve1', storage: 'ceph', vlan: 7 };
    expect(plan({ metadata }).plan).toMatchObject({
      scope: { node: 'pve1', storage: 'ceph' },
      hints: { node: 'pve1' },
      networks: [{ nativeId: 'vmbr0.7' }],
    });
  });

  it.each<[Partial<VmSpec>, string]>([
    [{ platformName: 'a b' }, '/name'],
    [{ networks: [{ network: 'vmbr0' }, { network: 'x' }] }, '/networks/1/network'],
    [{ metadata: { storage: 'x' } }, '/metadata/proxmox/storage'],
    [{ metadata: { node: 'x' } }, '/metadata/proxmox/node'],
    [{ metadata: { pool: 'x' } }, '/metadata/proxmox/pool'],
    [{ metadata: { bridge: 'x' } }, '/metadata/proxmox/bridge'],
    [{ metadata: { folder: 'x' } }, '/metadata/proxmox/folder'],
    [{ disks: [{ sizeGib: 3 }] }, '/disks/0/sizeGib'],
    [{ disks: [{ sizeGib: 500 }] }, '/disks'],
    [{ cpus: 9 }, '/cpus'],
    [{ memoryMib: 20_000 }, '/memoryMib'],
  ])('names the one place of %j that cannot be met', (spec, pointer) => {
    expect(errors(spec)).toEqual([pointer]);
  });

  it('names the image that is missing, and nothing else', () => {
    const missing = {
      problem: { severity: 'error', pointer: '/image', message: 'x' },
      reason: 'IMAGE_NOT_FOUND',
    } as const;
    expect(errors({}, { image: missing })).toEqual(['/image']);
  });

  it('refuses high availability on local storage', () => {
    const storages = [aStorage(), aStorage({ node: 'pve2' })];
    expect(errors({ metadata: { ha: true } }, { places: somePlaces({ storages }) })).toEqual(['/metadata/proxmox/ha']);
    expect(errors({ metadata: { ha: true } })).toEqual([]);
  });

  it('is not refused but waits while the nodes that it needs are offline', () => {
    const nodes = [aNode({ isOnline: false }), aNode({ name: 'pve2' })];
    const { plan: made, waitsFor } = plan({}, { places: somePlaces({ nodes }) });
    expect(made.diagnostics).toEqual([]);
    expect(waitsFor?.reason).toBe('HOST_UNREACHABLE');
    expect(plan().waitsFor).toBeUndefined();
  });

  it('changes its version with any of the templates', () => {
    const two = [aTemplate(), aTemplate({ vmid: 9002, node: 'pve2', digest: 'b'.repeat(40) })];
    const version = (some: typeof two) =>
      plan({}, { image: { found: { source: { kind: 'templates', images: [] }, templates: some } } }).plan.image
        ?.version;
    expect(version(two)).toBe('9001:aaaaaaaaaaaa 9002:bbbbbbbbbbbb');
    expect(version([...two].reverse())).toBe(version(two));
  });

  it('takes an image to import for what it is', () => {
    const volume = 'local:import/d.qcow2';
    const imported = { found: { source: { kind: 'import', storage: 'local', volume }, templates: [] } } as const;
    expect(plan({ disks: [{ sizeGib: 5 }] }, { image: imported }).plan).toMatchObject({
      image: { nativeId: volume, version: volume },
      diskGib: 5,
      diagnostics: [],
    });
  });

  it('warns of addresses that only cloud-init can set', () => {
    const networks = [{ network: 'vmbr0', address: { cidr: '192.0.2.7/24' } }];
    expect(plan({ networks }).plan.diagnostics).toMatchObject([
      { severity: 'warning', pointer: '/networks/0/address' },
    ]);
  });
});

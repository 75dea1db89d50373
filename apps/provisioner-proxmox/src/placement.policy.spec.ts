import { choosePlace, choosePool, type PlacementDefaults, type PlacementWish } from './placement.policy';
import { aNode, aStorage, aTemplate, shared, somePlaces } from './testing/places.builder';

const GIB = 1024 ** 3;
const defaults: PlacementDefaults = { fullClone: true, storageReserve: 0.1 };
const aWish = (overrides: Partial<PlacementWish> = {}): PlacementWish => ({
  spec: { image: { name: 'd', source: 'debian' }, memoryMib: 1024, disks: [] },
  metadata: {},
  templates: [aTemplate()],
  bridges: ['vmbr0'],
  pendingMib: () => 0,
  ...overrides,
});
const summary = (choice: ReturnType<typeof choosePlace>) =>
  'found' in choice
    ? { node: choice.found.node, storage: choice.found.storage.name, template: choice.found.template?.image.vmid }
    : { pointer: choice.problem.pointer, reason: choice.reason };

describe('where a VM goes', () => {
  it('is the node with most free memory, cloned by the owner of the template', () => {
    expect(summary(choosePlace(somePlaces(), aWish(), defaults))).toEqual({
      node: 'pve2',
      storage: 'ceph',
      template: 9001,
    });
  });

  it('counts what was placed a moment ago', () => {
    const pendingMib = (node: string): number => (node === 'pve2' ? 4_000 : 0);
    expect(summary(choosePlace(somePlaces(), aWish({ pendingMib }), defaults))).toMatchObject({ node: 'pve1' });
  });

  it("is the template's own node when its disks lie on local storage", () => {
    const storages = [
      aStorage({ name: 'local' }),
      aStorage({ name: 'local', node: 'pve2' }),
      ...shared('ceph', ['pve1', 'pve2']),
    ];
    const templates = [aTemplate({ disk: 'local:9001/base-9001-disk-0.qcow2,size=4G' })];
    const places = somePlaces({ storages });
    expect(summary(choosePlace(places, aWish({ templates }), defaults))).toMatchObject({ node: 'pve1' });
    const wish = aWish({ templates, metadata: { node: 'pve2' } });
    expect(summary(choosePlace(places, wish, defaults))).toEqual({
      pointer: '/metadata/proxmox/node',
      reason: 'STORAGE_NOT_FOUND',
    });
  });

  it('uses the template of the same name on the node with most memory', () => {
    const storages = [aStorage({ name: 'local' }), aStorage({ name: 'local', node: 'pve2' })];
    const disk = 'local:1/base.qcow2,size=4G';
    const templates = [aTemplate({ disk }), aTemplate({ vmid: 9002, node: 'pve2', disk })];
    expect(summary(choosePlace(somePlaces({ storages }), aWish({ templates }), defaults))).toEqual({
      node: 'pve2',
      storage: 'local',
      template: 9002,
    });
  });

  it('never sends a full copy from shared storage to the local storage of another node', () => {
    const storages = [
      ...shared('ceph', ['pve1', 'pve2']),
      aStorage({ name: 'local', node: 'pve2', totalBytes: 900 * GIB }),
    ];
    expect(summary(choosePlace(somePlaces({ storages }), aWish(), defaults))).toMatchObject({ storage: 'ceph' });
  });

  it('refuses nodes that are offline, and waits where the only template is on one', () => {
    const nodes = [aNode(), aNode({ name: 'pve2', isOnline: false, memoryUsedMib: 0 })];
    expect(summary(choosePlace(somePlaces({ nodes }), aWish(), defaults))).toMatchObject({ node: 'pve1' });
    const named = aWish({ metadata: { node: 'pve2' } });
    expect(summary(choosePlace(somePlaces({ nodes }), named, defaults))).toEqual({
      pointer: '/metadata/proxmox/node',
      reason: 'HOST_UNREACHABLE',
    });
    const templates = [aTemplate({ node: 'pve2' })];
    expect(summary(choosePlace(somePlaces({ nodes }), aWish({ templates }), defaults))).toEqual({
      pointer: '/image',
      reason: 'HOST_UNREACHABLE',
    });
    const none = somePlaces({ nodes: nodes.map((node) => ({ ...node, isOnline: false })) });
    expect(summary(choosePlace(none, aWish(), defaults))).toMatchObject({ reason: 'HOST_UNREACHABLE' });
  });

  it('has the networks that are asked for', () => {
    const networks = [{ name: 'vmbr0', kind: 'bridge', node: 'pve1' }] as const;
    expect(summary(choosePlace(somePlaces({ networks }), aWish(), defaults))).toMatchObject({ node: 'pve1' });
    const anywhere = [{ name: 'vmbr0', kind: 'vnet', node: undefined }] as const;
    expect(summary(choosePlace(somePlaces({ networks: anywhere }), aWish(), defaults))).toMatchObject({ node: 'pve2' });
  });

  it('has space, with a reserve', () => {
    const room = (free: number) =>
      somePlaces({ storages: shared('ceph', ['pve1', 'pve2'], { usedBytes: (90 - free) * GIB }) });
    expect(summary(choosePlace(room(4), aWish(), defaults))).toMatchObject({ storage: 'ceph' });
    expect(summary(choosePlace(room(3), aWish(), defaults))).toEqual({ pointer: '/image', reason: 'STORAGE_FULL' });
    const larger = aWish({ spec: { image: null, memoryMib: 1, disks: [{ sizeGib: 5 }] }, templates: [] });
    expect(summary(choosePlace(room(4), larger, defaults))).toEqual({ pointer: '/disks', reason: 'STORAGE_FULL' });
  });

  it('takes no space for the disks that a linked clone shares, and keeps it where the image is', () => {
    const storages = [...shared('ceph', ['pve1', 'pve2'], { usedBytes: 90 * GIB }), ...shared('nfs', ['pve1', 'pve2'])];
    const metadata = { fullClone: false };
    expect(summary(choosePlace(somePlaces({ storages }), aWish({ metadata }), defaults))).toMatchObject({
      storage: 'ceph',
    });
    const elsewhere = aWish({ metadata: { ...metadata, storage: 'nfs' } });
    expect(summary(choosePlace(somePlaces({ storages }), elsewhere, defaults))).toEqual({
      pointer: '/metadata/proxmox/storage',
      reason: 'STORAGE_NOT_FOUND',
    });
  });

  it.each([
    [{ node: 'pve9' }, '/metadata/proxmox/node'],
    [{ storage: 'none' }, '/metadata/proxmox/storage'],
  ])('is refused by its place: %j', (metadata, pointer) => {
    expect(summary(choosePlace(somePlaces(), aWish({ metadata }), defaults))).toMatchObject({ pointer });
  });

  it("is the site's own where the request says nothing", () => {
    expect(summary(choosePlace(somePlaces(), aWish(), { ...defaults, node: 'pve1' }))).toMatchObject({ node: 'pve1' });
    expect(summary(choosePlace(somePlaces(), aWish(), { ...defaults, storage: 'gone' }))).toEqual({
      pointer: '',
      reason: 'STORAGE_NOT_FOUND',
    });
  });

  it('leaves out storages that are not for disks or not there', () => {
    const broken = [aStorage({ isActive: false }), aStorage({ name: 'iso', content: new Set(['iso']) })];
    expect(summary(choosePlace(somePlaces({ storages: broken }), aWish({ templates: [] }), defaults))).toMatchObject({
      reason: 'STORAGE_NOT_FOUND',
    });
  });
});

describe('the pool of a VM', () => {
  it('is that of the request, else that of the site, else none', () => {
    expect(choosePool({ pools: ['a', 'b'] }, { pool: 'a' }, 'b')).toEqual({ found: 'a' });
    expect(choosePool({ pools: ['a', 'b'] }, {}, 'b')).toEqual({ found: 'b' });
    expect(choosePool({ pools: [] }, {}, undefined)).toEqual({ found: undefined });
    expect(choosePool({ pools: ['b'] }, { pool: 'a' }, 'b')).toMatchObject({
      problem: { pointer: '/metadata/proxmox/pool' },
    });
  });
});

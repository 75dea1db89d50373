import {
  aCompute,
  aDatastore,
  aHost,
  anImage,
  aNetwork,
  aPool,
  aPortgroup,
  someOptions,
  somePlaces,
} from '../test/builders';
import { reference } from './client/managed.object';
import { chooseDatastore } from './datastore.policy';
import { chooseFolder, chooseImage, chooseNetwork, choosePlace, sizeProblems } from './placement.policy';

const GIB = 1024 ** 3;
const options = someOptions();
const host = aCompute({
  ref: reference('ComputeResource', 'domain-s2'),
  name: 'H2',
  path: '/DC0/host/H2',
  isCluster: false,
  rootPool: reference('ResourcePool', 'resgroup-2'),
});

describe('an image', () => {
  const images = [
    anImage(),
    anImage({ ref: reference('VirtualMachine', 'vm-2'), path: '/DC0/vm/old/debian-12-template' }),
  ];

  it('is found by name, path or native id', () => {
    expect(chooseImage([images[0]!], 'debian-12-template')).toEqual({ found: images[0] });
    expect(chooseImage(images, '/DC0/vm/old/debian-12-template')).toEqual({ found: images[1] });
    expect(chooseImage(images, 'vm-2')).toEqual({ found: images[1] });
  });

  it('must be named by its path where several have the name', () => {
    expect(chooseImage(images, 'debian-12-template')).toMatchObject({
      reason: 'IMAGE_NOT_FOUND',
      problem: {
        pointer: '/image',
        message: expect.stringContaining(
          '/DC0/vm/debian-12-template (vm-1), /DC0/vm/old/debian-12-template (vm-2)',
        ) as string,
      },
    });
  });
});

describe('a place', () => {
  it('is the cluster with most free memory, unless one is named', () => {
    const roomy = aCompute({ name: 'C9', path: '/DC0/host/C9', hosts: [aHost({ memoryUsedMib: 0 })] });
    const places = somePlaces({ computes: [host, aCompute(), roomy] });
    expect(choosePlace(places, {}, options)).toMatchObject({ found: { compute: { name: 'C9' } } });
    expect(choosePlace(places, { cluster: 'H2' }, options)).toMatchObject({ found: { pool: { value: 'resgroup-2' } } });
    expect(choosePlace(places, {}, someOptions({ cluster: '/DC0/host/C0' }))).toMatchObject({
      found: { compute: { name: 'C0' } },
    });
    expect(choosePlace(places, { cluster: 'C9' }, someOptions({ cluster: 'C0' }))).toMatchObject({
      found: { compute: { name: 'C9' } },
    });
  });

  it('may be a pool, of a cluster where one is named', () => {
    const pools = [
      aPool({ ref: reference('ResourcePool', 'p-1'), name: 'gold', path: '/DC0/host/C0/Resources/gold' }),
      aPool({
        ref: reference('ResourcePool', 'p-2'),
        name: 'gold',
        path: '/DC0/host/H2/Resources/gold',
        owner: 'domain-s2',
      }),
    ];
    const places = somePlaces({ computes: [aCompute(), host], pools });
    expect(choosePlace(places, { resourcePool: 'gold', cluster: 'H2' }, options)).toMatchObject({
      found: { pool: { value: 'p-2' }, compute: { name: 'H2' } },
    });
    expect(choosePlace(places, { resourcePool: 'gold' }, options)).toMatchObject({
      problem: { pointer: '/metadata/vsphere/resourcePool', message: expect.stringContaining('several') as string },
    });
    expect(choosePlace(places, { resourcePool: 'tin' }, options)).toMatchObject({
      problem: { pointer: '/metadata/vsphere/resourcePool' },
    });
  });

  it('is none where no host is in service', () => {
    const down = somePlaces({ computes: [aCompute({ hosts: [aHost({ isUsable: false })] })] });
    expect(choosePlace(down, {}, options)).toMatchObject({ problem: { pointer: '' } });
    expect(choosePlace(down, { cluster: 'C0' }, options)).toMatchObject({
      problem: { pointer: '/metadata/vsphere/cluster' },
      reason: 'INSUFFICIENT_CAPACITY',
    });
  });

  it('must have a host that is large enough', () => {
    expect(sizeProblems(aCompute(), { cpus: 32, memoryMib: 131_072 })).toEqual([]);
    const pointers = sizeProblems(aCompute(), { cpus: 33, memoryMib: 131_076 }).map(({ pointer }) => pointer);
    expect(pointers).toEqual(['/cpus', '/memoryMib']);
    expect(sizeProblems(aCompute({ hosts: [aHost({ threads: undefined })] }), { cpus: 999, memoryMib: 1 })).toEqual([]);
  });
});

describe('a datastore', () => {
  const wish = { named: undefined, needBytes: 100 * GIB, sizePointer: '/disks' };
  const other = aDatastore({ ref: reference('Datastore', 'datastore-2'), name: 'ds-2', freeBytes: 900 * GIB });
  const compute = aCompute({
    datastores: new Set(['datastore-1', 'datastore-2']),
    hosts: [aHost({ datastores: new Set(['datastore-1', 'datastore-2']) })],
  });
  const places = somePlaces({ computes: [compute], datastores: [aDatastore(), other] });

  it('is the one with most space, unless one is named or was planned with', () => {
    expect(chooseDatastore(places, compute, wish, options)).toEqual({ found: other });
    expect(chooseDatastore(places, compute, { ...wish, hint: 'datastore-1' }, options)).toMatchObject({
      found: { name: 'ds-1' },
    });
    expect(chooseDatastore(places, compute, wish, someOptions({ datastore: 'ds-1' }))).toMatchObject({
      found: { name: 'ds-1' },
    });
    expect(chooseDatastore(places, compute, { ...wish, named: 'ds-1' }, options)).toMatchObject({
      found: { name: 'ds-1' },
    });
  });

  it('leaves one that is hinted at when it has become full', () => {
    const full = { ...places, datastores: [aDatastore({ freeBytes: 1 }), other] };
    expect(chooseDatastore(full, compute, { ...wish, hint: 'datastore-1' }, options)).toEqual({ found: other });
  });

  it.each([
    ['is full', aDatastore({ freeBytes: 99 * GIB }), 'STORAGE_FULL'],
    ['is in maintenance', aDatastore({ isUsable: false }), 'STORAGE_NOT_FOUND'],
  ])('is refused by name when it %s', (_, datastore, reason) => {
    const choice = chooseDatastore(
      { ...places, datastores: [datastore] },
      compute,
      { ...wish, named: 'ds-1' },
      options,
    );
    expect(choice).toMatchObject({ reason, problem: { pointer: '/metadata/vsphere/datastore' } });
  });

  it('must be mounted by a host in service', () => {
    const away = aCompute({ hosts: [aHost({ isUsable: false }), aHost({ datastores: new Set() })] });
    expect(chooseDatastore(places, away, wish, options)).toMatchObject({
      reason: 'STORAGE_FULL',
      problem: { pointer: '/disks' },
    });
  });
});

describe('a network', () => {
  it('must reach the place', () => {
    const places = somePlaces();
    const near = aCompute({ networks: new Set(['network-1']) });
    expect(chooseNetwork(places, near, 'VM Network', '/n')).toEqual({ found: aNetwork() });
    expect(chooseNetwork(places, near, 'prod', '/n')).toMatchObject({
      problem: { pointer: '/n', message: 'the network prod does not reach C0' },
      reason: 'NETWORK_NOT_FOUND',
    });
    expect(chooseNetwork(places, near, 'nope', '/n')).toMatchObject({
      problem: { message: 'there is no network nope' },
    });
  });

  it('must be named by its path where several have the name', () => {
    const twin = aPortgroup({
      ref: reference('DistributedVirtualPortgroup', 'dvportgroup-2'),
      path: '/DC0/network/x/prod',
    });
    const places = somePlaces({ networks: [aPortgroup(), twin] });
    const both = aCompute({ networks: new Set(['dvportgroup-1', 'dvportgroup-2']) });
    expect(chooseNetwork(places, both, 'prod', '/n')).toMatchObject({
      problem: { message: expect.stringContaining('several') as string },
    });
    expect(chooseNetwork(places, both, '/DC0/network/x/prod', '/n')).toEqual({ found: twin });
  });
});

describe('a folder', () => {
  it('is there, or is the one that DCM may make', () => {
    expect(chooseFolder(somePlaces(), { folder: 'dcm/prod' }, options)).toEqual({ found: 'dcm/prod' });
    expect(chooseFolder(somePlaces({ folders: new Set() }), {}, options)).toEqual({ found: 'dcm' });
    expect(chooseFolder(somePlaces(), { folder: 'else' }, options)).toMatchObject({
      problem: { pointer: '/metadata/vsphere/folder' },
    });
    const forbidden = someOptions({ createFolder: false });
    expect(chooseFolder(somePlaces({ folders: new Set() }), {}, forbidden)).toMatchObject({ problem: { pointer: '' } });
  });
});

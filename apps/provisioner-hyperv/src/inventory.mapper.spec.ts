import { placesOf } from './inventory.mapper';
import { resourcesOf } from './resource.mapper';

const GIB = 1024 ** 3;
const host = (name: string, changes: object = {}) => ({
  id: `id-${name}`,
  name: `${name}.contoso.test`,
  state: 'OK',
  isForPlacement: true,
  cores: 32,
  bytes: 256 * GIB,
  freeMb: 131_072,
  cluster: 'hvc01.contoso.test',
  group: 'All Hosts\\lab',
  ...changes,
});
const volume = (id: string, on: string, changes: object = {}) => ({
  id,
  name: `\\\\?\\Volume{${id}}\\`,
  partition: 'P1',
  bytes: 1000 * GIB,
  freeBytes: 400 * GIB,
  isCsv: true,
  isForPlacement: true,
  host: `${on}.contoso.test`,
  mounts: ['C:\\ClusterStorage\\Volume1'],
  ...changes,
});
const template = {
  id: 't',
  name: 'debian',
  status: 'Normal',
  generation: 2,
  os: 'Debian',
  modifiedAt: null,
  disks: [],
  nics: [],
};
const places = placesOf({
  hosts: [host('hv01'), host('hv02', { state: 'NotResponding' }), host('hv03', { cluster: null, group: 'All Hosts' })],
  clusters: [{ id: 'c', name: 'hvc01.contoso.test' }],
  groups: [
    { id: 'g', name: 'All Hosts', path: 'All Hosts' },
    { id: 'l', name: 'lab', path: 'All Hosts\\lab' },
  ],
  volumes: [volume('v1', 'hv01'), volume('v2', 'hv02'), volume('v3', 'hv03', { isCsv: false, mounts: ['D:\\'] })],
  clouds: [{ id: 'k', name: 'gold' }],
  networks: [{ id: 'n', name: 'VM Network' }],
  templates: [template, { ...template, id: 'x', name: 'x' }, { ...template, id: 'y', status: 'Unknown' }],
});

describe('the fabric', () => {
  it('counts a shared volume once, for all its hosts', () => {
    expect(places.volumes.map(({ name, hosts }) => [name, [...hosts]])).toEqual([
      ['Volume1', ['hv01.contoso.test', 'hv02.contoso.test']],
      ['D:', ['hv03.contoso.test']],
    ]);
  });

  it('leaves out templates that wizards left behind, or that are broken', () => {
    expect(places.templates.map(({ id }) => id)).toEqual(['t']);
  });

  it('reads bytes as bytes and megabytes as megabytes', () => {
    expect(places.hosts[0]).toMatchObject({
      memoryMib: 262_144,
      freeMib: 131_072,
      isUsable: true,
      names: ['hv01.contoso.test', 'hv01'],
    });
    expect(places.hosts[1]?.isUsable).toBe(false);
  });

  it('is listed as clusters, hosts outside them, groups and clouds', () => {
    const pools = resourcesOf(places);
    expect(pools.map(({ kind, path, available }) => [kind, path, available])).toEqual([
      ['cluster', 'hvc01.contoso.test', true],
      ['host', 'hv03.contoso.test', true],
      ['host-group', 'All Hosts', true],
      ['host-group', 'All Hosts\\lab', true],
      ['cloud', 'gold', true],
    ]);
    expect(pools[0]?.capacity).toEqual({
      cpuCores: 64,
      cpuTotalMhz: null,
      cpuUsedMhz: null,
      memoryTotalMib: 524_288,
      memoryUsedMib: 262_144,
    });
    expect(pools[0]?.storages).toEqual([
      { nativeId: 'v1', name: 'Volume1', type: 'csv', shared: true, available: true, totalGib: 1000, freeGib: 400 },
    ]);
  });
});

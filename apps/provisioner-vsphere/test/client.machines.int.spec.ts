import { reference } from '../src/client/managed.object';
import { readList, readRecord } from '../src/client/reader';
import { cloneOf, findPlaces, INVENTORY, required, run, Site, START_TIMEOUT_MS, TEMPLATE } from './site';

describe('the client, with the machines of a simulated vCenter', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.start({ taskDelaysMs: { CloneVM_Task: 400 } });
  }, START_TIMEOUT_MS);

  afterEach(() => site.release());
  afterAll(() => site.vcsim.stop());

  describe('reading', () => {
    it('finds the whole inventory in one traversal, typed', async () => {
      const client = site.client();
      const found = await client.properties.inventory(INVENTORY, { pageSize: 5 });
      const types = new Set(found.map(({ ref }) => ref.type));
      expect([...types]).toEqual(
        expect.arrayContaining(['Datacenter', 'ClusterComputeResource', 'HostSystem', 'ResourcePool', 'Datastore']),
      );
      const host = found.find(({ ref }) => ref.type === 'HostSystem')!.properties;
      expect(host['summary.hardware.memorySize']).toEqual(expect.any(Number));
      expect(host['runtime.inMaintenanceMode']).toBe(false);
      const cluster = found.find(({ ref }) => ref.type === 'ClusterComputeResource')!.properties;
      expect(readList(cluster['host'])[0]).toMatchObject({ type: 'HostSystem' });
      const template = found.find(({ properties }) => properties['name'] === TEMPLATE)!;
      expect(template.properties).toMatchObject({ 'config.template': true, 'summary.config.memorySizeMB': 1024 });
      expect(new Set(found.map(({ ref }) => ref.value)).size).toBe(found.length);
      expect(site.count('ContinueRetrievePropertiesEx')).toBeGreaterThan(0);
    });

    it('keeps what could not be read apart from what was', async () => {
      const client = site.client();
      const { rootFolder } = await client.content();
      const spec = { propSet: [{ type: 'Folder', pathSet: ['name', 'noSuchPath'] }], objectSet: [{ obj: rootFolder }] };
      const [folder] = await client.properties.retrieve([spec]);
      expect(folder?.properties).toEqual({ name: 'Datacenters' });
      expect(folder?.missing.get('noSuchPath')).toMatchObject({ fault: 'InvalidProperty' });
      await expect(client.properties.properties(rootFolder, ['noSuchPath'])).rejects.toMatchObject({
        fault: 'InvalidProperty',
      });
    });

    it('says that an object is gone, and leaves it out of a list', async () => {
      const client = site.client();
      const { template } = await findPlaces(client);
      const gone = reference('VirtualMachine', 'vm-99999');
      await expect(client.properties.properties(gone, ['name'])).rejects.toMatchObject({
        fault: 'ManagedObjectNotFound',
      });
      const found = await client.properties.propertiesOfAll([gone, template], ['name']);
      expect(found.map(({ ref }) => ref)).toEqual([template]);
    });

    it('tells "not found" from failure', async () => {
      const client = site.client();
      const { searchIndex } = await client.content();
      const search = { uuid: '00000000-0000-4000-8000-000000000000', vmSearch: true, instanceUuid: true };
      expect(await client.call('FindByUuid', searchIndex, search)).toBeUndefined();
    });
  });

  describe('changing', () => {
    it('creates a machine with devices and odd characters, runs it through its life and destroys it', async () => {
      const client = site.client();
      const { folder, pool } = await findPlaces(client);
      const annotation = `<![CDATA[x]]></annotation><numCPUs>64</numCPUs> & "quoted" 'ä漢😀'`;
      const backing = {
        $type: 'VirtualDiskFlatVer2BackingInfo',
        diskMode: 'persistent',
        fileName: '',
        thinProvisioned: true,
      };
      const controller = { $type: 'ParaVirtualSCSIController', key: -1, busNumber: 0, sharedBus: 'noSharing' };
      const disk = {
        $type: 'VirtualDisk',
        key: -2,
        backing,
        controllerKey: -1,
        unitNumber: 0,
        capacityInKB: 1_048_576,
      };
      const config = {
        name: 'from-scratch',
        guestId: 'debian12_64Guest',
        annotation,
        numCPUs: 2,
        memoryMB: 512,
        files: { vmPathName: '[LocalDS_0]' },
        extraConfig: [{ key: 'dcm.vmId', value: 'mark' }],
        deviceChange: [
          { operation: 'add', device: controller },
          { operation: 'add', fileOperation: 'create', device: disk },
        ],
      };
      const vm = required(await run(client, 'CreateVM_Task', folder, { config, pool }));
      const paths = ['config.annotation', 'config.hardware.numCPU', 'config.extraConfig', 'config.hardware.device'];
      const made = await client.properties.properties(vm, paths);
      expect(made).toMatchObject({ 'config.annotation': annotation, 'config.hardware.numCPU': 2 });
      const mark = expect.objectContaining({ key: 'dcm.vmId', value: 'mark' }) as unknown;
      expect(made['config.extraConfig']).toContainEqual(mark);
      const disks = readList(made['config.hardware.device'])
        .map(readRecord)
        .filter((d) => d['$type'] === 'VirtualDisk');
      expect(disks).toEqual([expect.objectContaining({ capacityInKB: 1_048_576, unitNumber: 0 })]);

      await run(client, 'PowerOnVM_Task', vm);
      const again = run(client, 'PowerOnVM_Task', vm);
      const expected = {
        fault: 'InvalidPowerState',
        operation: 'PowerOnVM_Task',
        detail: { existingState: 'poweredOn' },
      };
      await expect(again).rejects.toMatchObject(expected);
      await run(client, 'SuspendVM_Task', vm);
      expect(await client.properties.properties(vm, ['runtime.powerState'])).toEqual({
        'runtime.powerState': 'suspended',
      });
      await run(client, 'PowerOnVM_Task', vm);
      await run(client, 'ResetVM_Task', vm);
      await run(client, 'PowerOffVM_Task', vm);
      await run(client, 'Destroy_Task', vm);
      await expect(client.properties.properties(vm, ['name'])).rejects.toMatchObject({
        fault: 'ManagedObjectNotFound',
      });
    });

    it('takes, finds and removes a snapshot', async () => {
      const client = site.client();
      const places = await findPlaces(client);
      const vm = required(await run(client, 'CloneVM_Task', places.template, cloneOf(places, 'with-snapshot')));
      const snapshot = { name: 'before', description: '', memory: false, quiesce: false };
      const taken = required(await run(client, 'CreateSnapshot_Task', vm, snapshot));
      const tree = readRecord((await client.properties.properties(vm, ['snapshot']))['snapshot']);
      expect(tree).toMatchObject({ currentSnapshot: taken, rootSnapshotList: [{ name: 'before', snapshot: taken }] });
      await run(client, 'RevertToSnapshot_Task', taken);
      await run(client, 'RemoveAllSnapshots_Task', vm);
      expect(await client.properties.properties(vm, ['snapshot.currentSnapshot'])).toEqual({});
      await run(client, 'Destroy_Task', vm);
    });

    it('waits for forty clones at once with one poll at a time, and tells who failed', async () => {
      const client = site.client();
      const places = await findPlaces(client);
      const names = Array.from({ length: 40 }, (_, index) => `clone-${index}`);
      const tasks = await Promise.all(
        names.map((name) => client.call('CloneVM_Task', places.template, cloneOf(places, name))),
      );
      site.operations.length = 0;
      const clones = await Promise.all(tasks.map((task) => client.tasks.wait(required(task))));
      const machines = clones.map((clone) => required(clone));
      expect(new Set(machines.map(({ value }) => value)).size).toBe(40);
      expect(site.count('CreatePropertyCollector')).toBe(1);
      expect(site.count('WaitForUpdatesEx')).toBeGreaterThan(0);
      expect(site.count('WaitForUpdatesEx')).toBeLessThan(40);

      const found = await client.properties.propertiesOfAll(machines, ['name']);
      expect(found.map(({ properties }) => properties['name']).sort()).toEqual([...names].sort());
      const taken = run(client, 'CloneVM_Task', places.template, cloneOf(places, 'clone-0'));
      await expect(taken).rejects.toMatchObject({ fault: 'DuplicateName', detail: { name: 'clone-0' } });
      await Promise.all(machines.map((machine) => run(client, 'Destroy_Task', machine)));
    });

    it('lets one who waits leave, and ends the poll with the last one', async () => {
      const client = site.client();
      const places = await findPlaces(client);
      const task = required(await client.call('CloneVM_Task', places.template, cloneOf(places, 'watched')));
      const abort = new AbortController();
      const leaving = expect(client.tasks.wait(task, { signal: abort.signal })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      const staying = client.tasks.wait(task);
      abort.abort();
      await leaving;
      const vm = required(await staying);
      expect(await client.tasks.wait(task)).toEqual(vm);
      expect(await client.tasks.read(task)).toMatchObject({ state: 'success', result: vm });
      await run(client, 'Destroy_Task', vm);
    });

    it('says that a task is not known', async () => {
      const wait = site.client().tasks.wait(reference('Task', 'task-99999'));
      await expect(wait).rejects.toMatchObject({ fault: 'ManagedObjectNotFound' });
    });
  });
});

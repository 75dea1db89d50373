import { aDatastore, aDisk, aMachine, aNetwork, anOwnership, aSpec, aTemplate, FOLDER } from '../test/builders';
import { reference } from './client/managed.object';
import { encodeRequest } from './client/encoder';
import { VIM25 } from './client/schema';
import type { VimObject } from './client/vim.data';
import { markSettings } from './mark.mapper';
import { cloneParameters, createParameters, type Blueprint } from './spec.mapper';
import type { Template } from './template';

const aBlueprint = (changes: Partial<Blueprint> = {}): Blueprint => ({
  spec: aSpec({ cpus: 4 }),
  metadata: {},
  ownership: anOwnership(),
  folder: FOLDER,
  pool: reference('ResourcePool', 'resgroup-1'),
  host: undefined,
  datastore: aDatastore(),
  networks: [aNetwork()],
  settings: new Map([...markSettings(anOwnership(), FOLDER, 'web-0198f3c2'), ['guestinfo.userdata', '']]),
  ...changes,
});

describe('the call that makes a VM', () => {
  it('writes mark and identity, and leaves the copy off', () => {
    const { spec } = cloneParameters(aBlueprint(), aTemplate());
    expect(spec).toMatchObject({
      powerOn: false,
      template: false,
      location: { folder: FOLDER, pool: { value: 'resgroup-1' }, datastore: { value: 'datastore-1' } },
      config: {
        instanceUuid: anOwnership().instance,
        numCPUs: 4,
        memoryMB: 1024,
        extraConfig: [
          { key: 'dcm.mark', value: expect.stringMatching(/^dcm:v1:lab:/) as string },
          { key: 'dcm.birthplace', value: 'group-v5/web-0198f3c2' },
        ],
      },
    });
  });

  it('keeps the sockets of the image where they divide the CPUs', () => {
    expect(cloneParameters(aBlueprint(), aTemplate({ coresPerSocket: 2 }))['spec']).toMatchObject({
      config: { numCoresPerSocket: undefined },
    });
    expect(cloneParameters(aBlueprint(), aTemplate({ coresPerSocket: 3 }))['spec']).toMatchObject({
      config: { numCoresPerSocket: 1 },
    });
  });

  it('copies disks, makes one of those that stand on others, and shares those of a snapshot', () => {
    const move = (changes: Partial<Template>): VimObject =>
      cloneParameters(aBlueprint(), aTemplate(changes))['spec'] as VimObject;
    expect(move({})).toMatchObject({ location: { diskMoveType: undefined }, snapshot: undefined });
    const backing = { ...(aDisk(8)['backing'] as object), parent: { $type: 'VirtualDiskFlatVer2BackingInfo' } };
    const { devices } = aMachine({ 'config.hardware.device': [aDisk(8, { backing })] });
    expect(move({ devices })).toMatchObject({
      location: { diskMoveType: 'moveAllDiskBackingsAndConsolidate' },
      snapshot: undefined,
    });
    const snapshot = reference('VirtualMachineSnapshot', 'snapshot-1');
    expect(move({ snapshot })).toMatchObject({ location: { diskMoveType: 'createNewChildDiskBacking' }, snapshot });
  });

  it('can be sent: every field is known to the vim25 table, base types first', () => {
    const template = reference('VirtualMachine', 'vm-1');
    const clone = encodeRequest(VIM25, 'CloneVM_Task', template, cloneParameters(aBlueprint(), aTemplate()));
    expect(clone).toMatch(/<folder type="Folder">group-v5<\/folder><name>web-0198f3c2<\/name><spec>/);
    const blank = aBlueprint({ spec: aSpec({ image: null, disks: [{ sizeGib: 1 }, { sizeGib: 2 }] }) });
    const create = encodeRequest(VIM25, 'CreateVM_Task', FOLDER, createParameters(blank));
    expect(create).toContain('<vmPathName>[ds-1]</vmPathName>');
    expect(create.match(/xsi:type="VirtualDisk"/g)).toHaveLength(2);
    expect(create.match(/xsi:type="ParaVirtualSCSIController"/g)).toHaveLength(1);
  });

  it('says the guest and how disks take space as asked', () => {
    const thick = aBlueprint({
      spec: aSpec({ image: null, disks: [{ sizeGib: 1 }] }),
      metadata: { guestId: 'rhel9_64Guest', diskProvisioning: 'thick' },
    });
    expect(createParameters(thick)).toMatchObject({
      config: {
        guestId: 'rhel9_64Guest',
        deviceChange: [
          { operation: 'add' },
          { device: { backing: { thinProvisioned: false } } },
          { device: { backing: { deviceName: 'VM Network' } } },
        ],
      },
    });
  });
});

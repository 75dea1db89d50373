import type { Access } from './access';
import { reference, type ManagedObjectReference } from './client/managed.object';
import type { VimRecord } from './client/reader';
import { Templates } from './templates';

const ref = reference('VirtualMachine', 'vm-7');
const image = { ref, name: 'debian', path: '/DC0/vm/debian', guestId: undefined };
const disk = (key: number): VimRecord => ({ $type: 'VirtualDisk', key, capacityInBytes: key * 2 ** 30, backing: {} });

/** A vCenter with one template, which the test changes. */
class Site {
  readonly reads: string[] = [];
  properties: VimRecord = { 'config.template': true, 'config.changeVersion': 'v1' };
  devices: unknown[] = [disk(1)];
  /** The next reading of devices fails. */
  fails = false;

  /** Only what a template is read by. */
  get access(): Access {
    const properties = (of: ManagedObjectReference, paths: readonly string[]): Promise<VimRecord> => {
      const isDevices = paths.includes('config.hardware.device');
      this.reads.push(`${isDevices ? 'devices' : 'facts'} ${of.value}`);
      if (isDevices && this.fails) {
        this.fails = false;
        return Promise.reject(new Error('no answer'));
      }
      return Promise.resolve(isDevices ? { 'config.hardware.device': this.devices } : this.properties);
    };
    return { properties } as unknown as Access;
  }
}

describe('templates', () => {
  let site: Site;
  let templates: Templates;
  const read = (metadata: Record<string, unknown> = {}) => templates.read(site.access, image, { metadata: metadata });
  const disks = async (): Promise<number | undefined> => (await read())?.devices.disks.length;

  beforeEach(() => {
    site = new Site();
    templates = new Templates();
  });

  it('reads the devices once while the version stays', async () => {
    expect(await disks()).toBe(1);
    expect(await disks()).toBe(1);
    expect(site.reads).toEqual(['facts vm-7', 'devices vm-7', 'facts vm-7']);
  });

  it('sees a change at once', async () => {
    await read();
    site.properties = { ...site.properties, 'config.changeVersion': 'v2' };
    site.devices = [disk(1), disk(2)];
    const template = await read();
    expect(template).toMatchObject({ version: 'v2' });
    expect(template?.devices.disks).toHaveLength(2);
    site.properties = { 'config.template': false };
    expect(await read()).toBeUndefined();
  });

  it('asks once for all who ask at the same time', async () => {
    expect(await Promise.all([disks(), disks(), disks()])).toEqual([1, 1, 1]);
    expect(site.reads).toEqual(['facts vm-7', 'devices vm-7']);
  });

  it('remembers nothing where no version tells of changes', async () => {
    site.properties = { 'config.template': true, 'config.instanceUuid': 'u' };
    await read();
    site.devices = [disk(1), disk(2)];
    expect(await disks()).toBe(2);
  });

  it('remembers no reading that failed, and lets those who waited for it read for themselves', async () => {
    site.fails = true;
    const [first, second] = await Promise.allSettled([read(), read()]);
    expect([first.status, second.status].sort()).toEqual(['fulfilled', 'rejected']);
    expect(await disks()).toBe(1);
  });

  it('takes the devices of the snapshot for a linked clone', async () => {
    site.properties = { ...site.properties, 'snapshot.currentSnapshot': reference('VirtualMachineSnapshot', 'snap-1') };
    const template = await read({ linkedClone: true });
    expect(template).toMatchObject({ version: 'v1 snap-1', snapshot: { value: 'snap-1' } });
    expect(site.reads).toEqual(['facts vm-7', 'devices snap-1']);
  });
});

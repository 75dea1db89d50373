import type { VsphereAdapter } from '../src/vsphere.adapter';
import { readList, readRecord, type VimRecord } from '../src/client/reader';
import { Stand, START_TIMEOUT_MS } from './stand';

const SNAPPED = { name: 'snapped', source: 'snapped' };
const linked = { image: SNAPPED, metadata: { linkedClone: true } };

describe('a copy of an image that has a snapshot', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;

  beforeAll(async () => {
    const size = { cpus: 1, memoryMib: 1024, diskGib: 8 };
    const templates = [
      { name: 'debian-12-template', ...size },
      { name: 'snapped', ...size, snapshot: true },
    ];
    stand = await Stand.start({ templates });
  }, START_TIMEOUT_MS);
  beforeEach(() => {
    adapter = stand.open();
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  async function backings(nativeId: string): Promise<VimRecord[]> {
    const { 'config.hardware.device': devices } = await stand.admin.read(nativeId, ['config.hardware.device']);
    return readList(devices)
      .map(readRecord)
      .filter(({ $type }) => $type === 'VirtualDisk')
      .map(({ backing }) => readRecord(backing));
  }

  it('stands on the snapshot when a linked clone is asked for, with disks of its own beside it', async () => {
    const { made, ref } = await stand.vm(adapter, { ...linked, disks: [{ sizeGib: 8 }, { sizeGib: 2 }] });
    expect(made.status).toMatchObject({ power: 'on', disks: [{ sizeGib: 8 }, { sizeGib: 2 }] });
    const [system, own] = await backings(ref.nativeId);
    expect(system).toMatchObject({ parent: { fileName: expect.stringContaining('snapped') as string } });
    expect(system?.['fileName']).not.toContain('snapped');
    expect(own).not.toHaveProperty('parent');
  });

  it('is whole and can grow when none is asked for', async () => {
    const { made, ref } = await stand.vm(adapter, { image: SNAPPED, disks: [{ sizeGib: 9 }] });
    expect(made.status.disks).toEqual([{ sizeGib: 9 }]);
    expect((await backings(ref.nativeId))[0]).not.toHaveProperty('parent');
  });

  it('never grows by a disk that it shares', async () => {
    const { instance, ref } = await stand.vm(adapter, linked);
    const grow = adapter.reconfigureVm(ref, { cpus: 2, disks: [{ sizeGib: 9 }] }, stand.context(instance));
    await expect(grow).rejects.toMatchObject({ reason: 'UNSUPPORTED', effect: 'NONE' });
    const disk = { $type: 'VirtualDisk', key: 2000, capacityInKB: 9 * 1024 * 1024 };
    const byHand = stand.admin.reconfigure(ref.nativeId, { deviceChange: [{ operation: 'edit', device: disk }] });
    await expect(byHand).rejects.toMatchObject({ fault: 'InvalidDeviceOperation' });
  });

  it('is refused by the plan where it cannot be, and no snapshot is taken for it', async () => {
    const pointers = async (overrides: object): Promise<string[]> => {
      const { diagnostics } = await adapter.plan(stand.instance(overrides).spec, stand.look());
      return diagnostics.filter(({ severity }) => severity === 'error').map(({ pointer }) => pointer);
    };
    expect(await pointers({ metadata: { linkedClone: true } })).toEqual(['/metadata/vsphere/linkedClone']);
    expect(await pointers({ ...linked, disks: [{ sizeGib: 9 }] })).toEqual(['/disks/0/sizeGib']);
    expect(await pointers({ ...linked, metadata: { linkedclone: true } })).toEqual(['/metadata/vsphere/linkedclone']);
    expect(stand.proxy.count('CreateSnapshot_Task')).toBe(0);
  });

  it('tells what is lost by sharing', async () => {
    const { losses } = await adapter.plan(stand.instance(linked).spec, stand.look());
    expect(losses.map(({ feature, pointer }) => [feature, pointer])).toEqual([
      ['linked-clone', '/metadata/vsphere/linkedClone'],
    ]);
  });

  it('is planned anew when the image gets another snapshot', async () => {
    const instance = stand.instance(linked);
    const plan = await adapter.plan(instance.spec, stand.look());
    const older = plan.image === null ? null : { ...plan.image, version: `${plan.image.version}0` };
    const made = adapter.provisionVm({ spec: instance.spec, plan: { ...plan, image: older } }, stand.context(instance));
    await expect(made).rejects.toMatchObject({ reason: 'IMAGE_NOT_FOUND', effect: 'NONE' });
    expect(plan.image?.version).toMatch(/ snapshot-\d+$/);
  });
});

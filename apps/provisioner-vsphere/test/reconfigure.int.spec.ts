import type { VmTarget } from '@dcm/contracts';
import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';

describe('the size of a VM', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;

  beforeAll(async () => {
    stand = await Stand.start();
  }, START_TIMEOUT_MS);
  beforeEach(() => {
    adapter = stand.open();
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('becomes what the target says while it is off, less CPUs too, and a second time nothing is done', async () => {
    const { instance, ref } = await stand.vm(adapter, { cpus: 2, memoryMib: 256, poweredOn: false });
    const target: VmTarget = { cpus: 1, memoryMib: 1024, disks: [{ sizeGib: 10 }, { sizeGib: 2 }] };
    expect(await adapter.reconfigureVm(ref, target, stand.context(instance))).toMatchObject(target);
    const before = stand.proxy.mutations;
    expect(await adapter.reconfigureVm(ref, target, stand.context(instance, { attempt: 2 }))).toMatchObject(target);
    expect(stand.proxy.mutations).toBe(before);
  });

  it('grows by disks while it runs', async () => {
    const { instance, ref } = await stand.vm(adapter);
    const disks = [{ sizeGib: 9 }, { sizeGib: 1 }];
    const status = await adapter.reconfigureVm(ref, { disks }, stand.context(instance));
    expect(status).toMatchObject({ disks, power: 'on' });
  });

  it('grows by CPUs and memory while it runs, only where that was allowed beforehand', async () => {
    const { instance, ref } = await stand.vm(adapter);
    const more = { cpus: 2, memoryMib: 256 };
    await expect(adapter.reconfigureVm(ref, more, stand.context(instance))).rejects.toMatchObject({
      reason: 'INVALID_POWER_STATE',
      effect: 'NONE',
    });
    await stand.admin.setPower(ref.nativeId, 'off');
    await stand.admin.reconfigure(ref.nativeId, { cpuHotAddEnabled: true, memoryHotAddEnabled: true });
    await stand.admin.setPower(ref.nativeId, 'on');
    expect(await adapter.reconfigureVm(ref, more, stand.context(instance))).toMatchObject({ ...more, power: 'on' });
    await expect(adapter.reconfigureVm(ref, { cpus: 1 }, stand.context(instance))).rejects.toMatchObject({
      reason: 'INVALID_POWER_STATE',
    });
  });

  it('takes no more memory while it runs than vCenter allows', async () => {
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    await stand.admin.reconfigure(ref.nativeId, { memoryHotAddEnabled: true });
    await stand.admin.setPower(ref.nativeId, 'on');
    const tooMuch = adapter.reconfigureVm(ref, { memoryMib: 17 * 128 }, stand.context(instance));
    await expect(tooMuch).rejects.toMatchObject({ reason: 'INVALID_POWER_STATE', effect: 'NONE' });
    const most = { memoryMib: 16 * 128 };
    expect(await adapter.reconfigureVm(ref, most, stand.context(instance))).toMatchObject(most);
  });

  it('is finished by the next attempt when the first changed a part of it', async () => {
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    const target = { cpus: 2, memoryMib: 512, disks: [{ sizeGib: 9 }, { sizeGib: 1 }, { sizeGib: 2 }] };
    await adapter.reconfigureVm(ref, { cpus: 2, disks: target.disks.slice(0, 2) }, stand.context(instance));
    const second = stand.context(instance, { attempt: 2 });
    expect(await adapter.reconfigureVm(ref, target, second)).toMatchObject(target);
  });

  it('is changed by one call however much of it differs, and not at all when a part of it cannot be', async () => {
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    const calls = stand.proxy.count('ReconfigVM_Task');
    const target = { cpus: 2, memoryMib: 512, disks: [{ sizeGib: 9 }, { sizeGib: 1 }] };
    await adapter.reconfigureVm(ref, target, stand.context(instance));
    expect(stand.proxy.count('ReconfigVM_Task')).toBe(calls + 1);
    await stand.admin.setPower(ref.nativeId, 'on');
    const mixed = { cpus: 4, disks: [{ sizeGib: 9 }, { sizeGib: 2 }] };
    await expect(adapter.reconfigureVm(ref, mixed, stand.context(instance))).rejects.toMatchObject({
      reason: 'INVALID_POWER_STATE',
      effect: 'NONE',
    });
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject(target);
  });

  it('never shrinks by its disks', async () => {
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    const shrink = adapter.reconfigureVm(ref, { cpus: 2, disks: [{ sizeGib: 1 }] }, stand.context(instance));
    await expect(shrink).rejects.toMatchObject({ reason: 'INVALID_SPEC', effect: 'NONE' });
    expect(await adapter.getVmStatus(ref, stand.look())).toMatchObject({ cpus: 1 });
  });

  it('becomes right although somebody else changes the VM in between', async () => {
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    stand.proxy.refuse('ReconfigVM_Task', 'ConcurrentAccess');
    expect(await adapter.reconfigureVm(ref, { cpus: 4 }, stand.context(instance))).toMatchObject({ cpus: 4 });
    const disturb = stand.proxy.rewriteAnswers((operation, answer) =>
      operation === 'RetrievePropertiesEx'
        ? answer.replace(/(<name>config\.changeVersion<\/name><val[^>]*>)[^<]*/g, '$1old')
        : answer,
    );
    await expect(adapter.reconfigureVm(ref, { cpus: 8 }, stand.context(instance))).rejects.toMatchObject({
      reason: 'CONCURRENT_CHANGE',
      effect: 'NONE',
    });
    disturb();
  });

  it('becomes right although the answer is lost, with each disk once', async () => {
    const { instance, ref } = await stand.vm(adapter, { poweredOn: false });
    stand.proxy.loseAnswer(/^ReconfigVM_Task$/);
    const disks = [{ sizeGib: 9 }, { sizeGib: 3 }];
    expect(await adapter.reconfigureVm(ref, { disks }, stand.context(instance))).toMatchObject({ disks });
  });
});

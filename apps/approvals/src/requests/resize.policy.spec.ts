import { imageSchema, noAmount, type ResizeVm, type Size } from '@dcm/contracts';
import { aChange, anOperation, aRunning, aScene, aVm, idOf, tenantId, told } from '../../test/scene.builder';
import type { Change } from '../operations/change';
import { withDoubt } from '../operations/size.policy';
import { newLook } from '../operations/vm.entity';
import { defaultLevel } from '../policies/rules.policy';
import { admitResize, isOnlyNamed, rename, resizeGoalOf, resizeRefusal, type ResizeOrder } from './resize.policy';

const resizeId = idOf('resize');
const orderOf = (resize: ResizeVm): ResizeOrder => ({
  id: resizeId,
  kind: 'vm.resize',
  tenantId,
  requester: 'dave',
  payloadSha256: '',
  traceparent: null,
  resize,
});
const large: Size = { name: 'l', cpus: 8, memoryMib: 8192, seq: 1 };
const image = imageSchema.parse({
  id: '0198aaaa-0000-7000-8000-000000000001',
  name: 'debian-12',
  templates: {},
  minimums: { memoryMib: 1024, diskGib: 20 },
  createdAt: '2026-01-01T00:00:00.000Z',
  seq: 1,
});
const active = aVm({ lifecycle: 'active', presence: 'present' });
const onActive = (): Change => aChange({ vm: active, operations: [] });

describe('a resize', () => {
  it.each([
    ['fewer disks', { disks: [] as { sizeGib: number }[] }, 'INVALID_REQUEST', '/disks'],
    ['a smaller disk', { disks: [{ sizeGib: 9 }] }, 'INVALID_REQUEST', '/disks/0/sizeGib'],
    ['a size that is not known', { size: 'xxl' }, 'NOT_FOUND', '/size'],
  ])('is refused for %s, naming the place', (_what, resize, code, pointer) => {
    expect(resizeRefusal(onActive(), orderOf(resize), undefined)).toMatchObject({ code, details: [{ pointer }] });
  });

  it.each([
    ['of its memory', { cpus: 4, memoryMib: 512 }, '/memoryMib', 'needs at least 1024 MiB of memory, not 512'],
    ['of its disk', { disks: [{ sizeGib: 11 }] }, '/disks/0/sizeGib', 'needs at least 20 GiB of system disk, not 11'],
  ])('is refused below what its image needs %s', (_what, resize, pointer, cause) => {
    const message = `image debian-12 ${cause}`;
    expect(resizeRefusal(onActive(), orderOf(resize), undefined, image)).toEqual({
      code: 'INVALID_REQUEST',
      message: `Unable to resize VM web-01: ${message}`,
      details: [{ pointer, message }],
    });
  });

  it('leaves alone what it does not change, though the image has come to need more', () => {
    expect(resizeRefusal(onActive(), orderOf({ cpus: 4 }), undefined, image)).toBeNull();
  });

  it('is refused at the size that it names', () => {
    const tiny: Size = { name: 'xs', cpus: 1, memoryMib: 256, seq: 1 };
    const error = resizeRefusal(onActive(), orderOf({ size: 'xs' }), tiny, image);
    expect(error?.details).toEqual([{ pointer: '/size', message: expect.stringContaining('1024 MiB') as string }]);
  });

  it('is refused when nothing would change', () => {
    expect(resizeRefusal(onActive(), orderOf({ cpus: 2, disks: [{ sizeGib: 10 }] }), undefined)).toMatchObject({
      code: 'CONFLICT',
      message: 'Unable to resize VM web-01: it is as it is asked for already',
    });
  });

  it('to the granted size mends what was changed by hand', () => {
    const conditions = [{ type: 'InSync', status: 'false', reason: 'SizeDiffers', at: '' }] as const;
    const vm = aVm({ lifecycle: 'active', conditions: [...conditions] });
    expect(resizeRefusal(aChange({ vm, operations: [] }), orderOf({ cpus: 2 }), undefined)).toBeNull();
  });

  it('is refused while another operation changes the VM, and while it is not active', () => {
    const busy = aChange({ vm: active, operations: [aRunning({ kind: 'vm.power' })] });
    expect(resizeRefusal(busy, orderOf({ cpus: 4 }), undefined)).toMatchObject({ code: 'OPERATION_IN_PROGRESS' });
    const gone = aChange({ vm: aVm({ lifecycle: 'deleted' }), operations: [] });
    expect(resizeRefusal(gone, orderOf({ cpus: 4 }), undefined)).toMatchObject({ code: 'CONFLICT' });
  });

  it('is refused while nobody knows what an earlier one left', () => {
    const goal = resizeGoalOf(onActive(), orderOf({ cpus: 3 }), undefined);
    const vm = {
      ...active,
      doubt: { size: withDoubt(undefined, active, goal) },
      looks: { settle: newLook(aScene().now) },
    };
    expect(resizeRefusal(aChange({ vm, operations: [] }), orderOf({ cpus: 4 }), undefined)).toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('takes the figures of a size from the catalogue, and keeps what is not named', () => {
    const goal = resizeGoalOf(onActive(), orderOf({ size: 'l' }), large);
    expect(goal).toMatchObject({
      target: { cpus: 8, memoryMib: 8192 },
      size: { cpus: 8, memoryMib: 8192, disks: [{ sizeGib: 10 }] },
      sizeName: 'l',
      amounts: { vcpus: 8, memoryMib: 8192, diskGib: 10, vms: 1 },
      before: { vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 },
    });
  });

  it('is no longer of the catalogue when its figures were chosen by hand, and stays so when only disks grow', () => {
    expect(resizeGoalOf(onActive(), orderOf({ cpus: 4 }), undefined).sizeName).toBeNull();
    expect(resizeGoalOf(onActive(), orderOf({ disks: [{ sizeGib: 20 }] }), undefined).sizeName).toBe('s');
  });

  const admit = (resize: ResizeVm, verdict = {}): Change => {
    const change = onActive();
    const order = orderOf(resize);
    admitResize(change, order, resizeGoalOf(change, order, undefined), {
      quotaError: null,
      policy: { kind: 'approve', rule: null },
      price: null,
      quota: [],
      ...verdict,
    });
    return change;
  };

  it('holds the larger of old and new in each dimension from the start', () => {
    expect(admit({ cpus: 1, disks: [{ sizeGib: 30 }] }).ledger).toEqual({
      kind: 'correct',
      amounts: { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 30, vms: 1 },
    });
  });

  it('waits in the queue with the plan that everybody can read', () => {
    const change = admit({ cpus: 4 });
    expect(change.operation(resizeId).doc).toMatchObject({
      state: 'queued',
      plan: { amounts: { vcpus: 4 }, image: null },
    });
    expect(change.vm.doc).toMatchObject({ cpus: 2, operationId: resizeId, lifecycle: 'active' });
  });

  it('asks the approvers about the whole that it leads to', () => {
    const change = admit(
      { cpus: 4 },
      { policy: { kind: 'ask', rule: null, reasons: ['4 are many'], levels: [defaultLevel(null)] } },
    );
    const { doc } = change.operation(resizeId);
    expect(doc).toMatchObject({ state: 'pending_approval', waitingFor: { kind: 'approval' } });
    const approval = change.pendingApproval(resizeId);
    expect(approval).toMatchObject({ plan: { amounts: { vcpus: 4 } }, reason: '4 are many' });
    expect(approval?.plan.hash).toBe(doc.plan?.hash);
  });

  it('is signed by what it leads to', () => {
    const hashOf = (resize: ResizeVm): string | undefined => admit(resize).operation(resizeId).doc.plan?.hash;
    expect(hashOf({ cpus: 4 })).toBe(hashOf({ cpus: 4 }));
    expect(hashOf({ cpus: 4 })).not.toBe(hashOf({ cpus: 5 }));
  });

  it('holds nothing when it does not fit into the quota', () => {
    const quotaError = { code: 'QUOTA_EXCEEDED', message: 'too much' };
    const change = admit({ cpus: 4 }, { quotaError });
    expect(change.operation(resizeId).doc).toMatchObject({ state: 'rejected', error: quotaError });
    expect(change.ledger).toBeNull();
  });
});

describe('labels and protection', () => {
  const named = orderOf({ labels: { a: 'b' }, deletionProtection: true });

  it('alone need no work', () => {
    expect(isOnlyNamed(named.resize)).toBe(true);
    expect(isOnlyNamed({ labels: {}, cpus: 1 })).toBe(false);
    const change = onActive();
    rename(change, named);
    expect(told(change)).toEqual(['operation accepted', 'vm changed', 'operation succeeded']);
    expect(change.vm.doc).toMatchObject({ labels: { a: 'b' }, deletionProtection: true, operationId: resizeId });
    expect(change.ledger).toBeNull();
  });

  it('change while another operation is at work, which keeps the VM', () => {
    const power = aRunning({ kind: 'vm.power' });
    const change = aChange({ vm: active, operations: [power] });
    rename(change, named);
    expect(change.vm.doc).toMatchObject({ labels: { a: 'b' }, operationId: active.doc.operationId });
    expect(change.operation(power.doc.id)).toEqual(power);
  });

  it.each([
    [aVm({ lifecycle: 'deleted' }), []],
    [active, [anOperation({ kind: 'vm.delete' })]],
  ])('change no more once the VM is deleted or about to be', (vm, operations) => {
    const change = aChange({ vm, operations });
    rename(change, named);
    expect(change.operation(resizeId).doc).toMatchObject({ state: 'rejected', error: { code: 'CONFLICT' } });
  });
});

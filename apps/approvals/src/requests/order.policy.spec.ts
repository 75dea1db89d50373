import type { VmId } from '@dcm/contracts';
import { idOf, projectId, tenantId } from '../../test/scene.builder';
import type { CreateOrder } from './create.policy';
import { isRepeat, runsOf, type Order } from './order.policy';

const create = (id: string, name: string): { order: Order } => ({
  order: { kind: 'create', create: { id: idOf(id), body: { projectId, name } } as CreateOrder },
});
const change: { order: Order } = {
  order: { kind: 'change', vmId: '' as VmId, change: { id: idOf('c') } as CreateOrder },
};
const sizesOf = (items: readonly { order: Order }[]): number[] => runsOf(items).map((run) => run.length);

describe('runs of a batch', () => {
  it('put creates together that have nothing to do with each other', () => {
    expect(sizesOf([create('1', 'a'), create('2', 'b'), create('3', 'c')])).toEqual([3]);
  });

  it('let a second one of an id or a name see the first', () => {
    expect(sizesOf([create('1', 'a'), create('1', 'b'), create('2', 'c')])).toEqual([1, 2]);
    expect(sizesOf([create('1', 'a'), create('2', 'a')])).toEqual([1, 1]);
  });

  it('know the VMs of a request for several', () => {
    const many = (id: string, name: string, count: number): { order: Order } => ({
      order: { kind: 'create', create: { id: idOf(id), body: { projectId, name, count } } as CreateOrder },
    });
    expect(sizesOf([many('1', 'a', 3), create('2', 'a-2')])).toEqual([1, 1]);
    expect(sizesOf([many('1', 'a', 3), create('2', 'a')])).toEqual([2]);
    expect(sizesOf([many('1', 'a', 50), many('2', 'b', 50), many('3', 'c', 50)])).toEqual([2, 1]);
  });

  it('leave everything else alone and in its place', () => {
    expect(sizesOf([change, create('1', 'a'), create('2', 'b'), change, change, create('3', 'c')])).toEqual([
      1, 2, 1, 1, 1,
    ]);
    expect(runsOf([])).toEqual([]);
  });
});

describe('the same request again', () => {
  const order = { id: idOf('1'), tenantId, payloadSha256: 'h' } as CreateOrder;

  it('is known by its payload', () => {
    expect(isRepeat(order, undefined)).toBe(false);
    expect(isRepeat(order, { tenantId, payloadSha256: 'h' })).toBe(true);
  });

  it.each([[{ tenantId, payloadSha256: 'other' }], [{ tenantId: 'other', payloadSha256: 'h' }]])(
    'is refused when its id was used for something else: %j',
    (earlier) => {
      expect(() => isRepeat(order, earlier)).toThrow(
        expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED' }) as Error,
      );
    },
  );
});

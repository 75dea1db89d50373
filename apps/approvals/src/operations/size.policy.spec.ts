import { noAmount, type Price } from '@dcm/contracts';
import { aStatus, aVm, aVmDoc } from '../../test/scene.builder';
import type { SizeDoubt, VmSize } from './goal.entity';
import { amountsAt, grantedSize, nameOfSettled, settledPrice, spanOf, withDoubt } from './size.policy';

const aSize = (cpus: number, memoryMib: number, ...gib: number[]): VmSize => ({
  cpus,
  memoryMib,
  disks: gib.map((sizeGib) => ({ sizeGib })),
});
const before = { ...noAmount, vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 };
const small = aSize(2, 2048, 10);
const large = aSize(4, 1024, 20, 5);
const doubt: SizeDoubt = { ...spanOf(small, large), before, goal: { size: large, sizeName: 'l' } };

describe('the amounts of a size', () => {
  it('count disks anew when they change', () => {
    expect(amountsAt(large, small, before)).toEqual({ ...before, vcpus: 4, memoryMib: 1024, diskGib: 25 });
  });

  it('keep what an image brought, when disks stay', () => {
    const withImage = { ...before, diskGib: 40 };
    expect(amountsAt(aSize(8, 2048, 10), small, withImage)).toEqual({ ...withImage, vcpus: 8 });
  });
});

describe('the price of a size that was settled', () => {
  const priceOf = (perMonthMicros: number): Price => ({ currency: 'EUR', perHourMicros: 1, perMonthMicros });
  const vm = aVm({ ...small, disks: [...small.disks] }, { planPrice: priceOf(100) });
  const goal = { size: large, sizeName: 'l', before, amounts: before, price: priceOf(300) };
  const open = withDoubt(undefined, vm, goal);

  it('is that of before, that of the goal, or the dearest where it is neither', () => {
    expect(settledPrice(vm, open, small)).toEqual(priceOf(100));
    expect(settledPrice(vm, open, large)).toEqual(priceOf(300));
    expect(settledPrice(vm, open, aSize(3, 2048, 10))).toEqual(priceOf(300));
    const down = withDoubt(undefined, { ...vm, planPrice: priceOf(900) }, goal);
    expect(settledPrice(vm, down, aSize(3, 2048, 10))).toEqual(priceOf(900));
  });

  it('stays where the goal was stored before it had one', () => {
    const { size, sizeName } = goal;
    const old = { size, sizeName, before, amounts: before };
    expect(settledPrice(vm, withDoubt(undefined, vm, old), large)).toEqual(priceOf(100));
  });
});

describe('a size in doubt', () => {
  it('lies between the least and the most of each thing', () => {
    expect(spanOf(small, large)).toEqual({ least: aSize(2, 1024, 10), most: aSize(4, 2048, 20, 5) });
    expect(spanOf(large, small)).toEqual(spanOf(small, large));
  });

  it('is wider after two operations, and leads to no single goal', () => {
    const goal = { size: aSize(1, 4096, 10), sizeName: null, before, amounts: before };
    expect(withDoubt(doubt, aVm({ ...small, disks: [...small.disks] }), goal)).toEqual({
      least: aSize(1, 1024, 10),
      most: aSize(4, 4096, 20, 5),
      before,
      goal: null,
      dearest: null,
    });
  });

  it.each([
    ['nothing of it', small, small],
    ['all of it', large, large],
    ['the processors only', aSize(4, 2048, 10), aSize(4, 2048, 10)],
    ['a second disk, not yet the first', aSize(2, 2048, 10, 5), aSize(2, 2048, 10, 5)],
    ['more than anybody asked for', aSize(16, 9999, 999, 999, 999), aSize(4, 2048, 20, 5)],
    ['less than there was', aSize(1, 512), aSize(2, 1024, 10)],
    ['a disk of a fraction', aSize(2, 2048, 10.2), aSize(2, 2048, 11)],
  ])('grants what is there as far as it was asked for: %s', (_what, seen, granted) => {
    expect(grantedSize(doubt, aStatus({ ...seen, disks: [...seen.disks] }))).toEqual(granted);
  });

  it.each([{ cpus: null }, { memoryMib: null }, { complete: false }])(
    'stays in doubt while the site shows %j',
    (shown) => {
      expect(grantedSize(doubt, aStatus(shown))).toBeUndefined();
    },
  );

  it.each([
    ['the old one', small, 's'],
    ['the one that was asked for', large, 'l'],
    ['none, in between', aSize(4, 2048, 10), null],
  ])('takes the name of %s', (_what, size, name) => {
    expect(nameOfSettled(aVmDoc({ size: 's' }), size, doubt.goal)).toBe(name);
  });
});

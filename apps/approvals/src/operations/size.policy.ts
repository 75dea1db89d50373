import { quotaDimensions, type Disk, type Price, type ResourceAmount, type Vm, type VmStatus } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';
import type { SizeDoubt, SizeGoal, VmSize } from './goal.entity';
import { askedAmounts } from './plan.mapper';
import type { VmRecord } from './vm.entity';

export const sizeOf = ({ cpus, memoryMib, disks }: VmSize): VmSize => ({ cpus, memoryMib, disks });

export const isSameSize = (a: VmSize, b: VmSize): boolean => canonicalJson(sizeOf(a)) === canonicalJson(sizeOf(b));

const isSameDisks = (a: VmSize, b: VmSize): boolean => canonicalJson(a.disks) === canonicalJson(b.disks);

/** The larger of two amounts in each dimension. */
export function larger(a: ResourceAmount, b: ResourceAmount): ResourceAmount {
  const most = { ...a };
  for (const dimension of quotaDimensions) most[dimension] = Math.max(a[dimension], b[dimension]);
  return most;
}

/** What a VM takes once it has a size. Disks that stay take what they took: an image may have brought more than DCM lists. */
export const amountsAt = (size: VmSize, vm: VmSize, before: ResourceAmount): ResourceAmount => ({
  ...before,
  vcpus: size.cpus,
  memoryMib: size.memoryMib,
  ...(isSameDisks(size, vm) ? {} : { diskGib: askedAmounts({ ...size, disks: [...size.disks] }).diskGib }),
});

/** Two sizes, and all that may lie between them. */
export function spanOf(a: VmSize, b: VmSize): Pick<SizeDoubt, 'least' | 'most'> {
  const [fewer, more] = a.disks.length <= b.disks.length ? [a.disks, b.disks] : [b.disks, a.disks];
  const pick = (choose: (...sizes: number[]) => number, disks: readonly Disk[]): Disk[] =>
    disks.map((_disk, index) => {
      const sizes = [a.disks[index], b.disks[index]].flatMap((disk) => (disk === undefined ? [] : [disk.sizeGib]));
      return { sizeGib: choose(...sizes) };
    });
  const bound = (choose: (...sizes: number[]) => number, disks: readonly Disk[]): VmSize => ({
    cpus: choose(a.cpus, b.cpus),
    memoryMib: choose(a.memoryMib, b.memoryMib),
    disks: pick(choose, disks),
  });
  return { least: bound(Math.min, fewer), most: bound(Math.max, more) };
}

/** The price of a VM that a goal was reached with: the goal's, where one is known. */
export const pricedAs = ({ price }: Pick<SizeGoal, 'price'>): Partial<Pick<VmRecord, 'planPrice'>> =>
  price === undefined ? {} : { planPrice: price };

/** The dearer of two prices; a known one where only one is known. */
export const dearer = (a: Price | null | undefined, b: Price | null | undefined): Price | null =>
  a != null && (b == null || a.perMonthMicros >= b.perMonthMicros) ? a : (b ?? null);

/** A doubt about one more goal than before. */
export function withDoubt(
  doubt: SizeDoubt | undefined,
  { doc, planPrice }: Pick<VmRecord, 'doc' | 'planPrice'>,
  goal: SizeGoal,
): SizeDoubt {
  const span = spanOf(sizeOf(doc), goal.size);
  const dearest = dearer(doubt?.dearest ?? planPrice, goal.price);
  if (doubt === undefined) {
    const { size, sizeName, price } = goal;
    return {
      ...span,
      before: goal.before,
      goal: { size, sizeName, ...(price === undefined ? {} : { price }) },
      dearest,
    };
  }
  const { least } = spanOf(doubt.least, span.least);
  const { most } = spanOf(doubt.most, span.most);
  return { least, most, before: larger(doubt.before, goal.before), goal: null, dearest };
}

/** What a VM costs that was granted a size between two: as before, as the goal, or, where it is neither, the dearest of what it may be. */
export function settledPrice(
  { doc, planPrice }: Pick<VmRecord, 'doc' | 'planPrice'>,
  { goal, dearest }: Pick<SizeDoubt, 'goal' | 'dearest'>,
  granted: VmSize,
): Price | null {
  if (isSameSize(granted, doc)) return planPrice;
  const isReached = goal !== null && isSameSize(granted, goal.size);
  return (isReached ? goal.price : dearest) ?? planPrice;
}

const between = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/**
 * What DCM grants a VM that was seen while its size was in doubt: what is there, as far as an operation may have led to it. More than that,
 * or less, was done by hand.
 * @returns undefined while the platform does not say.
 */
export function grantedSize({ least, most }: SizeDoubt, status: VmStatus): VmSize | undefined {
  if (!status.complete || status.cpus === null || status.memoryMib === null) return undefined;
  const count = between(status.disks.length, least.disks.length, most.disks.length);
  const disks = most.disks.slice(0, count).map(({ sizeGib: atMost }, index) => {
    const atLeast = least.disks[index]?.sizeGib ?? 1;
    return { sizeGib: between(Math.ceil(status.disks[index]?.sizeGib ?? atLeast), atLeast, atMost) };
  });
  return {
    cpus: between(status.cpus, least.cpus, most.cpus),
    memoryMib: between(status.memoryMib, least.memoryMib, most.memoryMib),
    disks,
  };
}

/** The catalogue's name of a size that was settled: the old one, the goal's, or none. */
export function nameOfSettled(vm: Vm, size: VmSize, goal: SizeDoubt['goal']): Vm['size'] {
  const isAs = (other: VmSize): boolean => other.cpus === size.cpus && other.memoryMib === size.memoryMib;
  if (isAs(vm)) return vm.size;
  return goal !== null && isAs(goal.size) ? goal.sizeName : null;
}

import fc from 'fast-check';
import type { Rate } from '@dcm/contracts';
import { aRate } from '../../test/rate.builder';
import { priceOf, rateFor, runningPriceOf, type PricedAmounts } from './price.policy';

const nothing = { vcpus: 0, memoryMib: 0, diskGib: 0 };

describe('a price', () => {
  it.each([
    ['nothing', {}, {}, [0, 0]],
    ['whole units', { vcpus: 2, memoryMib: 2048, diskGib: 10 }, {}, [51_000, 730 * 51_000]],
    ['half a GiB of memory', { memoryMib: 512 }, {}, [2_500, 1_825_000]],
    ['just under half a micro-unit', { memoryMib: 511 }, { memoryGibHourMicros: 1 }, [0, 364]],
    ['half a micro-unit, rounded up', { memoryMib: 512 }, { memoryGibHourMicros: 1 }, [1, 365]],
    ['a month, from the exact hour', { memoryMib: 4 }, { memoryGibHourMicros: 1 }, [0, 3]],
    [
      'the largest VM at the highest rates',
      { vcpus: 768, memoryMib: 25_165_824, diskGib: 32 * 65_536 },
      { vcpuHourMicros: 1e9, memoryGibHourMicros: 1e9, diskGibHourMicros: 1e9 },
      [768e9 + 24_576e9 + 2_097_152e9, Number.MAX_SAFE_INTEGER],
    ],
  ] as const)('is exact for %s', (_what, amounts, rate, [perHourMicros, perMonthMicros]) => {
    const price = priceOf({ ...nothing, ...amounts }, true, aRate(rate));
    expect(price).toEqual({ currency: 'EUR', perHourMicros, perMonthMicros });
  });

  it('of a stopped VM counts its disks, and what the rate says of the rest', () => {
    const amounts = { vcpus: 2, memoryMib: 1024, diskGib: 10 };
    expect(priceOf(amounts, false, aRate()).perHourMicros).toBe(1_000);
    const parked = aRate({ vcpuHourOffMicros: 7, memoryGibHourOffMicros: 5 });
    expect(priceOf(amounts, false, parked).perHourMicros).toBe(1_019);
  });

  const micros = fc.integer({ min: 0, max: 1_000_000 });
  const anyRate = fc.record({ vcpuHourMicros: micros, memoryGibHourMicros: micros, diskGibHourMicros: micros });
  const anyAmounts = fc.record({
    vcpus: fc.integer({ min: 0, max: 768 }),
    memoryMib: fc.integer({ min: 0, max: 1_000_000 }),
    diskGib: fc.integer({ min: 0, max: 100_000 }),
  });
  const sum = (a: PricedAmounts, b: PricedAmounts): PricedAmounts => ({
    vcpus: a.vcpus + b.vcpus,
    memoryMib: a.memoryMib + b.memoryMib,
    diskGib: a.diskGib + b.diskGib,
  });

  it('of two VMs is that of both together, within one micro-unit, and never less than of one', () => {
    fc.assert(
      fc.property(anyRate, anyAmounts, anyAmounts, (fields, a, b) => {
        const [one, other, both] = [a, b, sum(a, b)].map((amounts) => priceOf(amounts, true, aRate(fields)));
        for (const figure of ['perHourMicros', 'perMonthMicros'] as const) {
          expect(Math.abs(both![figure] - one![figure] - other![figure])).toBeLessThanOrEqual(1);
          expect(both![figure]).toBeGreaterThanOrEqual(one![figure]);
        }
      }),
    );
  });

  it('of a month is 730 exact hours', () => {
    fc.assert(
      fc.property(anyRate, anyAmounts, (fields, amounts) => {
        const { perHourMicros, perMonthMicros } = priceOf(amounts, true, aRate(fields));
        expect(Math.abs(perMonthMicros - 730 * perHourMicros)).toBeLessThanOrEqual(366);
      }),
    );
  });
});

describe('the rate of a place', () => {
  const at = new Date('2026-06-01T00:00:00.000Z');
  const place = { platform: 'proxmox', site: 'pve-lab', size: 'large' } as never;
  const scoped = (scope: object, fields: Partial<Rate> = {}): Rate => aRate({ scope: scope, ...fields });
  const everything = scoped({});
  const platform = scoped({ platform: 'proxmox' });
  const site = scoped({ site: 'pve-lab' });
  const size = scoped({ size: 'large' });
  const platformAndSize = scoped({ platform: 'proxmox', size: 'large' });
  const siteAndSize = scoped({ site: 'pve-lab', size: 'large' });
  const fromNarrowest = [siteAndSize, platformAndSize, size, site, platform, everything];

  it.each(fromNarrowest.map((rate, index) => [rate.scope, index] as const))(
    'is the one for %j before every wider one',
    (_scope, index) => {
      const known = fromNarrowest.slice(index);
      expect(rateFor([...known].reverse(), place, at)).toBe(fromNarrowest[index]);
      expect(rateFor(known, place, at)).toBe(fromNarrowest[index]);
    },
  );

  it('is none of another place, and none that has not begun', () => {
    const others = [
      scoped({ platform: 'vsphere' }),
      scoped({ site: 'other' }),
      scoped({ size: 'small' }),
      scoped({ site: 'pve-lab', size: 'small' }),
      scoped({}, { validFrom: '2026-06-01T00:00:00.001Z' }),
    ];
    expect(rateFor(others, place, at)).toBeNull();
    expect(runningPriceOf({ vcpus: 1, memoryMib: 1, diskGib: 1 }, others, place, at)).toBeNull();
  });

  it('is the latest of its scope that has begun, in whatever order they are known', () => {
    const first = scoped({}, { validFrom: '2026-01-01T00:00:00.000Z' });
    const second = scoped({}, { validFrom: '2026-06-01T00:00:00.000Z' });
    const third = scoped({}, { validFrom: '2027-01-01T00:00:00.000Z' });
    expect(rateFor([third, second, first], place, at)).toBe(second);
    expect(rateFor([first, second, third], place, new Date(at.getTime() - 1))).toBe(first);
  });
});

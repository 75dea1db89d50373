import { aPlan, aSpec, aVm } from '../../test/scene.builder';
import { askedAmounts, plannedAmounts, summaryOf } from './plan.mapper';

const price = { currency: 'EUR', perHourMicros: 100, perMonthMicros: 73_000 };

describe('plan mapper', () => {
  it('counts what is asked for', () => {
    expect(askedAmounts(aSpec({ disks: [{ sizeGib: 10 }, { sizeGib: 5 }] }))).toEqual({
      vcpus: 2,
      memoryMib: 2048,
      diskGib: 15,
      vms: 1,
    });
    expect(askedAmounts(aSpec({ disks: [] })).diskGib).toBe(0);
  });

  it('counts the larger of what is asked and what the image brings', () => {
    expect(plannedAmounts(aSpec(), aPlan({ diskGib: 40 })).diskGib).toBe(40);
    expect(plannedAmounts(aSpec(), aPlan({ diskGib: 4 })).diskGib).toBe(10);
  });

  it('signs everything that matters, and not where it will run', () => {
    const { hash } = summaryOf(aVm(), aPlan(), price);
    expect(summaryOf(aVm(), aPlan({ hints: { host: 'another' } }), price).hash).toBe(hash);
    expect(
      summaryOf(aVm(), aPlan({ diagnostics: [{ severity: 'warning', pointer: '', message: 'w' }] }), price).hash,
    ).toBe(hash);
    const others = [
      summaryOf(aVm(), aPlan({ losses: ['no UEFI'] }), price),
      summaryOf(aVm(), aPlan({ diskGib: 11 }), price),
      summaryOf(aVm(), aPlan({ scope: { cluster: 'c2' } }), price),
      summaryOf(aVm(), aPlan({ image: { name: 'debian-12', nativeId: 'vm-7', version: '2' } }), price),
      summaryOf(aVm({ site: 'elsewhere' as never }), aPlan(), price),
      summaryOf(aVm({}, { spec: aSpec({ cpus: 3 }) }), aPlan(), price),
      summaryOf(aVm(), aPlan(), { ...price, perHourMicros: 101 }),
      summaryOf(aVm(), aPlan(), null),
    ];
    expect(new Set([hash, ...others.map((other) => other.hash)]).size).toBe(9);
  });

  it('shows the approver warnings and losses', () => {
    const plan = aPlan({
      losses: ['no UEFI'],
      diagnostics: [{ severity: 'warning', pointer: '/disks', message: 'thin' }],
    });
    expect(summaryOf(aVm(), plan, null)).toMatchObject({ losses: ['no UEFI'], warnings: ['thin'] });
  });
});

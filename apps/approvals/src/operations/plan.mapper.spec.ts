import type { Price, VmSpec } from '@dcm/contracts';
import { aPlan, aSpec, aVm } from '../../test/scene.builder';
import { askedAmounts, plannedAmounts, summaryOf } from './plan.mapper';

const price: Price = { currency: 'EUR', perHourMicros: 100, perMonthMicros: 73_000 };
const noUefi = { feature: 'secure-boot', pointer: '/firmware/secureBoot', message: 'no UEFI' } as const;
const terms = { price, quota: [], approval: null };

describe('plan mapper', () => {
  it('counts what is asked for', () => {
    expect(askedAmounts(aSpec({ disks: [{ sizeGib: 10 }, { sizeGib: 5 }] }))).toEqual({
      vcpus: 2,
      memoryMib: 2048,
      diskGib: 15,
      vms: 1,
      snapshots: 0,
      monthlyCostMicros: 0,
    });
    expect(askedAmounts(aSpec({ disks: [] })).diskGib).toBe(0);
  });

  it('counts the larger of what is asked and what the image brings', () => {
    expect(plannedAmounts(aSpec(), aPlan({ diskGib: 40 })).diskGib).toBe(40);
    expect(plannedAmounts(aSpec(), aPlan({ diskGib: 4 })).diskGib).toBe(10);
  });

  it('signs everything that matters, and not where it will run', () => {
    const { hash } = summaryOf(aVm(), aPlan(), terms);
    expect(summaryOf(aVm(), aPlan({ hints: { host: 'another' } }), terms).hash).toBe(hash);
    expect(
      summaryOf(aVm(), aPlan({ diagnostics: [{ severity: 'warning', pointer: '', message: 'w' }] }), terms).hash,
    ).toBe(hash);
    const others = [
      summaryOf(aVm(), aPlan({ losses: [noUefi] }), terms),
      summaryOf(aVm(), aPlan({ diskGib: 11 }), terms),
      summaryOf(aVm(), aPlan({ scope: { cluster: 'c2' } }), terms),
      summaryOf(aVm(), aPlan({ image: { name: 'debian-12', nativeId: 'vm-7', version: '2' } }), terms),
      summaryOf(aVm({ site: 'elsewhere' as never }), aPlan(), terms),
      summaryOf(aVm({}, { spec: aSpec({ cpus: 3 }) }), aPlan(), terms),
      summaryOf(aVm(), aPlan(), { ...terms, price: { ...price, perHourMicros: 101 } }),
      summaryOf(aVm(), aPlan(), { ...terms, price: null }),
    ];
    expect(new Set([hash, ...others.map((other) => other.hash)]).size).toBe(9);
  });

  it('signs the same for the same body, whichever VM it becomes', () => {
    const secrets = (text: string) =>
      aSpec({ guest: { hostname: 'h', sshKeys: [], userData: text, adminPassword: text } });
    const hashOf = (spec: VmSpec): string => summaryOf(aVm({}, { spec }), aPlan(), terms).hash;
    const one = { ...secrets('sealed:v1:a'), platformName: 'web-01-00000001' };
    expect(hashOf({ ...secrets('sealed:v1:b'), platformName: 'web-01-00000002' })).toBe(hashOf(one));
    const losing = (spec: VmSpec): string =>
      summaryOf(aVm({}, { spec }), aPlan({ losses: [`it is called ${spec.platformName}`] as never }), terms).hash;
    expect(losing({ ...one, platformName: 'web-01-00000002' })).toBe(losing(one));
    const without = { ...one.guest, adminPassword: null };
    expect(hashOf({ ...one, guest: without })).not.toBe(hashOf(one));
    expect(hashOf({ ...one, guest: { ...without, userData: null } })).not.toBe(hashOf({ ...one, guest: without }));
    const older = { ...without };
    Reflect.deleteProperty(older, 'adminPassword');
    expect(hashOf({ ...one, guest: older })).toBe(hashOf({ ...one, guest: without }));
  });

  it('does not sign what becomes of the quota, nor who is asked', () => {
    const quota = [{ scope: 'project', id: 'p', dimension: 'vms', before: 1, after: 2, limit: null }] as const;
    const approval = { reasons: ['big'], levels: [] };
    const { hash } = summaryOf(aVm(), aPlan(), terms);
    expect(summaryOf(aVm(), aPlan(), { price, quota, approval })).toMatchObject({ hash, quota, approval });
  });

  it('shows the approver warnings and losses', () => {
    const plan = aPlan({
      losses: [noUefi],
      diagnostics: [{ severity: 'warning', pointer: '/disks', message: 'thin' }],
    });
    expect(summaryOf(aVm(), plan, terms)).toMatchObject({ losses: [noUefi], warnings: ['thin'] });
  });
});

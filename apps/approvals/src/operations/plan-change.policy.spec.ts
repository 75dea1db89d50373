import type { PlanSummary } from '@dcm/contracts';
import { changesBetween } from './plan-change.policy';

const plan = (fields: Partial<PlanSummary> = {}): PlanSummary => ({
  hash: JSON.stringify(fields),
  site: 'pve-lab',
  platform: 'proxmox',
  image: { name: 'debian-12', nativeId: '9000', version: '12.1' },
  networks: [{ name: 'lan', nativeId: 'vmbr0' }],
  scope: { pool: 'prod' },
  amounts: { vcpus: 2, memoryMib: 2048, diskGib: 10, vms: 1 },
  price: { currency: 'EUR', perHourMicros: 22_100, perMonthMicros: 16_133_000 },
  losses: [],
  warnings: [],
  quota: [],
  approval: null,
  ...fields,
});
const image = { name: 'debian-12', nativeId: '9000', version: '12.2' };

describe('what changed between two plans', () => {
  it.each([
    ['the image', { image }, 'image: debian-12 (9000, version 12.1) → debian-12 (9000, version 12.2)'],
    ['the image that is gone', { image: null }, 'image: debian-12 (9000, version 12.1) → no image'],
    [
      'the price',
      { price: { currency: 'EUR', perHourMicros: 1, perMonthMicros: 20_000_000 } },
      'price: 16.13 EUR a month → 20.00 EUR a month',
    ],
    ['a price that is not known any more', { price: null }, 'price: 16.13 EUR a month → no price'],
    ['the disk', { amounts: { ...plan().amounts, diskGib: 12 } }, 'amount of diskGib: 10 → 12'],
    ['the placement', { scope: { pool: 'test' } }, 'placement pool: prod → test'],
    ['the network', { networks: [] }, 'network lan: vmbr0 → nothing'],
    ['the site', { site: 'pve-2' }, 'site: pve-lab (proxmox) → pve-2 (proxmox)'],
  ])('is said of %s', (_what, fields: Partial<PlanSummary>, sentence) => {
    expect(changesBetween(plan(), plan(fields))).toEqual([sentence]);
  });

  it('is said of losses that came and went', () => {
    const [before, after] = ['no secure boot', 'no static address'].map((loss) =>
      plan({ losses: [{ feature: 'other', pointer: '', message: loss }] }),
    );
    expect(changesBetween(before!, after!)).toEqual([
      'a new loss: no static address',
      'a loss is gone: no secure boot',
    ]);
  });

  it('is said of everything at once', () => {
    expect(changesBetween(plan(), plan({ image, price: null, scope: {} }))).toHaveLength(3);
  });

  it('is nothing when the hash is the same, and never nothing when it is not', () => {
    expect(changesBetween(plan(), plan({ hash: plan().hash, warnings: ['thin'] }))).toEqual([]);
    expect(changesBetween(plan(), plan({ hash: 'other' }))).toEqual(['what is asked for, as it is signed']);
  });

  it('of one that an older version signed is what that version showed', () => {
    const older: Partial<PlanSummary> = plan({ hash: 'old' });
    for (const field of ['scope', 'networks', 'price'] as const) Reflect.deleteProperty(older, field);
    expect(changesBetween(older as PlanSummary, plan())).toEqual([]);
    expect(changesBetween(older as PlanSummary, plan({ image }))).toHaveLength(1);
  });
});

import type { Rate, RateScope } from '@dcm/contracts';
import type { JournalEntry } from '../journal/journal.entity';

/** A row of `approvals.rate`; PostgreSQL gives a bigint as text. */
export interface RateRow {
  id: string;
  platform: RateScope['platform'] | null;
  site: RateScope['site'] | null;
  size: RateScope['size'] | null;
  currency: string;
  vcpu_hour_micros: string;
  memory_gib_hour_micros: string;
  disk_gib_hour_micros: string;
  vcpu_hour_off_micros: string;
  memory_gib_hour_off_micros: string;
  valid_from: Date;
  created_at: Date;
}

const scopeOf = ({ platform, site, size }: RateRow): RateScope => ({
  ...(platform != null && { platform }),
  ...(site != null && { site }),
  ...(size != null && { size }),
});

/** A rate never changes, so its sequence number is always its first. */
export const rateOf = (row: RateRow): Rate => ({
  id: row.id,
  scope: scopeOf(row),
  currency: row.currency,
  vcpuHourMicros: Number(row.vcpu_hour_micros),
  memoryGibHourMicros: Number(row.memory_gib_hour_micros),
  diskGibHourMicros: Number(row.disk_gib_hour_micros),
  vcpuHourOffMicros: Number(row.vcpu_hour_off_micros),
  memoryGibHourOffMicros: Number(row.memory_gib_hour_off_micros),
  validFrom: row.valid_from.toISOString(),
  createdAt: row.created_at.toISOString(),
  seq: 1,
});

/** A rate as a journal entry; rates belong to no tenant. */
export const rateEntry = (rate: Rate, actor: string): JournalEntry => ({
  noun: 'rate',
  id: rate.id,
  tenantId: null,
  action: 'created',
  actor,
  seq: rate.seq,
  doc: rate,
});

import { Inject, Injectable } from '@nestjs/common';
import type { HourlyRates, Rate, RateScope } from '@dcm/contracts';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../approvals.config';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import { rateOf, type RateRow } from './rate.mapper';

/** A rate to be kept. `validFrom` null: from the database's clock of now on. */
export interface NewRate extends HourlyRates {
  readonly id: string;
  readonly scope: RateScope;
  readonly validFrom: string | null;
}

const insertRate = `
  INSERT INTO approvals.rate (id, platform, site, size, currency, vcpu_hour_micros, memory_gib_hour_micros,
    disk_gib_hour_micros, vcpu_hour_off_micros, memory_gib_hour_off_micros, valid_from)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11, clock_timestamp())) RETURNING *`;

/** What things cost. Rows are added, and neither changed nor taken away. */
@Injectable()
export class RatesRepository {
  constructor(@Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_CURRENCY'>) {}

  /** A second rate of the same scope and time violates `rate_from`. */
  async insert(manager: Transaction, { id, scope, validFrom, ...hourly }: NewRate): Promise<Rate> {
    const row = await onlyRow<RateRow>(manager, insertRate, [
      id,
      scope.platform ?? null,
      scope.site ?? null,
      scope.size ?? null,
      this.config.DCM_CURRENCY,
      hourly.vcpuHourMicros,
      hourly.memoryGibHourMicros,
      hourly.diskGibHourMicros,
      hourly.vcpuHourOffMicros,
      hourly.memoryGibHourOffMicros,
      validFrom,
    ]);
    return rateOf(row);
  }

  /** The rates in force at a time: one of each scope, in the installation's currency. */
  async inForce(manager: Transaction, at: Date): Promise<Rate[]> {
    const found = await rows<RateRow>(
      manager,
      `SELECT DISTINCT ON (platform, site, size) * FROM approvals.rate
       WHERE currency = $1 AND valid_from <= $2 ORDER BY platform, site, size, valid_from DESC`,
      [this.config.DCM_CURRENCY, at],
    );
    return found.map(rateOf);
  }

  /** The database's clock. */
  async now(manager: Transaction): Promise<Date> {
    return (await onlyRow<{ now: Date }>(manager, 'SELECT clock_timestamp() AS now')).now;
  }

  /** Which part of a scope names nothing that is known. */
  async unknownPart(manager: Transaction, { site, size }: RateScope): Promise<'site' | 'size' | undefined> {
    const row = await firstRow<{ part: 'site' | 'size' }>(
      manager,
      `SELECT 'site' AS part WHERE $1::text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM approvals.site WHERE name = $1)
       UNION ALL
       SELECT 'size' WHERE $2::text IS NOT NULL AND NOT EXISTS (SELECT 1 FROM approvals.size WHERE name = $2)`,
      [site ?? null, size ?? null],
    );
    return row?.part;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import type { Claim } from '@dcm/contracts';
import { APPROVALS_CONFIG, brokerUserOf, type ApprovalsConfig } from '../approvals.config';
import { DATABASE, firstRow, rows, transact, type Database } from '../database/transaction.repository';
import { TIMING, type Timing } from '../operations/timing';

/** Never beyond what a renewal of now would give: some may have been renewed since the gap ended. */
const prolong = `
  UPDATE approvals.operation o
  SET lease_until = t.until,
      wake_at = CASE WHEN o.stop IS NULL THEN least(t.until, o.deadline_at) ELSE t.until + $3 * interval '1 millisecond' END
  FROM (
    SELECT id, greatest(lease_until, least(lease_until + $1 * interval '1 millisecond',
                                           clock_timestamp() + $2 * interval '1 millisecond')) AS until
    FROM approvals.operation WHERE state = 'running' AND lease_until IS NOT NULL ORDER BY id FOR NO KEY UPDATE) t
  WHERE o.id = t.id`;

/** The clockwork of leases, in statements that take no lock but the row's own. All times are the database's. */
@Injectable()
export class LeaseRepository {
  readonly leaseMs: number;
  private readonly callTimeoutMs: number;
  private readonly ownUser: string;

  constructor(
    @Inject(APPROVALS_CONFIG) config: Pick<ApprovalsConfig, 'AMQP_URL'>,
    @Inject(TIMING) timing: Timing,
    @Inject(DATABASE) private readonly database: Database,
  ) {
    this.leaseMs = timing.leaseMs;
    this.callTimeoutMs = timing.callTimeoutMs;
    this.ownUser = brokerUserOf(config.AMQP_URL);
  }

  /**
   * Prolongs the lease of the worker that holds it, if its user speaks for the site.
   * @returns false when there is more to decide than that.
   */
  async renew({ operationId, attempt, worker, site }: Claim, userId: string): Promise<boolean> {
    const renewed = await firstRow(
      this.database.manager,
      `UPDATE approvals.operation o SET lease_until = t.until, wake_at = least(t.until, o.deadline_at)
       FROM (SELECT clock_timestamp() + $4 * interval '1 millisecond' AS until) t, approvals.site s
       WHERE o.id = $1 AND o.attempt = $2 AND o.worker = $3 AND o.state = 'running' AND o.stop IS NULL
         AND s.name = o.site AND s.name = $5 AND coalesce(s.publisher, $6) = $7
       RETURNING o.id`,
      [operationId, attempt, worker, this.leaseMs, site, this.ownUser, userId],
    );
    return renewed !== undefined;
  }

  /**
   * Notes that this process does its work, and prolongs every lease by the time in which it did not: a worker that found
   * nobody to ask is not to blame.
   * @param toleranceMs a gap up to this is the ordinary rhythm.
   * @returns the gap in milliseconds that was made good; 0: none.
   */
  beat(toleranceMs: number): Promise<number> {
    return transact(this.database, async (manager) => {
      const row = await firstRow<{ gap_ms: string }>(
        manager,
        `UPDATE approvals.heartbeat h SET at = clock_timestamp()
         FROM (SELECT single, at FROM approvals.heartbeat FOR UPDATE) before WHERE before.single = h.single
         RETURNING extract(epoch FROM h.at - before.at) * 1000 AS gap_ms`,
      );
      const gapMs = Math.round(Number(row?.gap_ms ?? 0));
      if (gapMs <= toleranceMs) return 0;
      await rows(manager, prolong, [gapMs, this.leaseMs, this.callTimeoutMs]);
      return gapMs;
    });
  }
}

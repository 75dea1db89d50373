import { Inject, Injectable } from '@nestjs/common';
import type { HypervisorReason, OperationId, VmId, WaitingFor } from '@dcm/contracts';
import { DATABASE, firstRow, onlyRow, rows, type Database, type Transaction } from '../database/transaction.repository';

/** An operation that may begin. */
export interface Pick {
  readonly operationId: OperationId;
  readonly vmId: VmId;
}

/** How full a site is. */
export interface Crowd {
  readonly running: number;
  readonly isAwaited: boolean;
  readonly now: Date;
}

interface PickRow {
  id: OperationId;
  vm_id: VmId;
}

const pickOf = (row: PickRow): Pick => ({ operationId: row.id, vmId: row.vm_id });

/**
 * Max-min fair among tenants: whoever has fewest in flight comes first, then who waited longest. The tenants with work are
 * found by hopping through the index, and of each only so many rows are read as there are places.
 */
const pickDue = `
  WITH RECURSIVE waiting AS (
    (SELECT tenant_id FROM approvals.operation WHERE site = $1 AND state = 'queued' ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT o.tenant_id FROM approvals.operation o
            WHERE o.site = $1 AND o.state = 'queued' AND o.tenant_id > w.tenant_id ORDER BY o.tenant_id LIMIT 1)
    FROM waiting w WHERE w.tenant_id IS NOT NULL),
  flight AS (
    SELECT tenant_id, count(*) AS n FROM approvals.operation WHERE site = $1 AND state = 'running' GROUP BY tenant_id),
  ranked AS (
    SELECT d.id, d.vm_id, d.next_at, d.n + coalesce(f.n, 0) AS place
    FROM waiting w
    LEFT JOIN flight f USING (tenant_id)
    CROSS JOIN LATERAL (
      SELECT o.id, o.vm_id, o.next_at, row_number() OVER (ORDER BY o.next_at, o.id) AS n FROM (
        SELECT id, vm_id, next_at FROM approvals.operation
        WHERE site = $1 AND state = 'queued' AND tenant_id = w.tenant_id AND next_at <= (SELECT clock_timestamp())
        ORDER BY next_at, id LIMIT $2) o) d
    WHERE w.tenant_id IS NOT NULL)
  SELECT r.id, r.vm_id FROM ranked r JOIN approvals.vm v ON v.id = r.vm_id
  ORDER BY r.place, r.next_at, r.id LIMIT $2 FOR NO KEY UPDATE OF v SKIP LOCKED`;

/** How many shown reasons to wait are put right at a time. */
const relabelBatch = 50;

/** Who waits for a place no longer than this is told nothing more than that its turn comes. */
export const turnMs = 2_000;

/** Chooses what is dispatched. The clock stands in a query of its own, which is asked once: it is volatile, and no index could look for it. */
@Injectable()
export class DispatchRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Sites that have work whose time has come, and not all their places taken. */
  async sitesWithWork(): Promise<string[]> {
    const found = await rows<{ name: string }>(
      this.database.manager,
      `SELECT s.name FROM approvals.site s CROSS JOIN LATERAL (
         SELECT 1 FROM approvals.operation o
         WHERE o.site = s.name AND o.state = 'queued' AND o.next_at <= (SELECT clock_timestamp()) LIMIT 1) due
       WHERE s.max_concurrent > (
         SELECT count(*) FROM approvals.operation o WHERE o.site = s.name AND o.state = 'running')`,
    );
    return found.map((row) => row.name);
  }

  /** Sites that are online with all their places taken, whose work has been due for a while and is shown to wait for something of these kinds. */
  async cappedSites(kinds: readonly WaitingFor['kind'][]): Promise<string[]> {
    const found = await rows<{ name: string }>(
      this.database.manager,
      `SELECT s.name FROM approvals.site s CROSS JOIN LATERAL (
         SELECT 1 FROM approvals.operation o WHERE o.site = s.name AND o.state = 'queued' AND o.waiting_kind = ANY($2)
           AND o.next_at <= (SELECT clock_timestamp()) - $1 * interval '1 millisecond' LIMIT 1) due
       WHERE s.announced_at IS NOT NULL AND NOT s.draining AND NOT s.silent AND s.paused_until IS NULL
       AND s.max_concurrent <= (
         SELECT count(*) FROM approvals.operation o WHERE o.site = s.name AND o.state = 'running')`,
      [turnMs, kinds],
    );
    return found.map((row) => row.name);
  }

  /** How many operations of a site are in flight, and whether any wait to begin, by the database's clock of now. */
  async crowd(manager: Transaction, site: string): Promise<Crowd> {
    const row = await onlyRow<{ running: number; is_awaited: boolean; now: Date }>(
      manager,
      `SELECT count(*)::int AS running, clock_timestamp() AS now, EXISTS (
         SELECT 1 FROM approvals.operation WHERE site = $1 AND state = 'queued' AND next_at <= (SELECT clock_timestamp())) AS is_awaited
       FROM approvals.operation WHERE site = $1 AND state = 'running'`,
      [site],
    );
    return { running: row.running, isAwaited: row.is_awaited, now: row.now };
  }

  /** Locks the VMs of up to `limit` due operations; what somebody else is changing is passed over. */
  async pickDue(manager: Transaction, site: string, limit: number): Promise<Pick[]> {
    return (await rows<PickRow>(manager, pickDue, [site, limit])).map(pickOf);
  }

  /** Why a site was paused last. */
  async pauseCause(manager: Transaction, site: string): Promise<HypervisorReason | null> {
    const sql = 'SELECT cause FROM approvals.site_gate WHERE site = $1';
    return (await firstRow<{ cause: HypervisorReason | null }>(manager, sql, [site]))?.cause ?? null;
  }

  /** Locks the VMs of some queued operations that are shown to wait for something of these kinds. @param dueMs for how long they have been due */
  async pickWaiting(
    manager: Transaction,
    site: string,
    kinds: readonly WaitingFor['kind'][],
    dueMs = 0,
  ): Promise<Pick[]> {
    const found = await rows<PickRow>(
      manager,
      `SELECT o.id, o.vm_id FROM approvals.operation o JOIN approvals.vm v ON v.id = o.vm_id
       WHERE o.site = $1 AND o.state = 'queued' AND o.waiting_kind = ANY($2)
         AND o.next_at <= (SELECT clock_timestamp()) - $4 * interval '1 millisecond'
       ORDER BY o.id LIMIT $3 FOR NO KEY UPDATE OF v SKIP LOCKED`,
      [site, kinds, relabelBatch, dueMs],
    );
    return found.map(pickOf);
  }
}

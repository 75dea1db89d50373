import { Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';

/** A scan that a site is to be asked for. */
export interface DueScan {
  readonly id: string;
  readonly site: string;
  readonly platform: string;
}

type Chunk = Fact<'io.dcm.fact.discovery.v1'>;

const storeRows = `
  INSERT INTO approvals.discovered (scan_id, native_id, name, ownership, power)
  SELECT $1, * FROM unnest($2::text[], $3::text[], $4::json[], $5::text[])
  ON CONFLICT (scan_id, native_id) DO UPDATE SET name = EXCLUDED.name, ownership = EXCLUDED.ownership, power = EXCLUDED.power`;

/** What was found on sites: the last complete scan of each, and those under way. */
@Injectable()
export class ScansRepository {
  /** Begins a scan of every site that speaks and was not scanned within `intervalMs`; forgets those that never ended. */
  async begin(manager: Transaction, intervalMs: number): Promise<DueScan[]> {
    await manager.query(
      `DELETE FROM approvals.scan WHERE completed_at IS NULL AND started_at < now() - 2 * $1 * interval '1 millisecond'`,
      [intervalMs],
    );
    return rows<DueScan>(
      manager,
      `WITH due AS (
         SELECT s.name, s.platform FROM approvals.site s
         WHERE s.announced_at IS NOT NULL AND NOT s.silent AND s.paused_until IS NULL AND NOT EXISTS (
           SELECT 1 FROM approvals.scan c
           WHERE c.site = s.name AND c.started_at > now() - $1 * interval '1 millisecond')),
       begun AS (INSERT INTO approvals.scan (id, site) SELECT gen_random_uuid(), name FROM due RETURNING id, site)
       SELECT begun.id, begun.site, due.platform FROM begun JOIN due ON due.name = begun.site`,
      [intervalMs],
    );
  }

  /** Locks a scan that is under way until the transaction ends. @returns false when there is none of this id on the site. */
  async lock(manager: Transaction, scanId: string, site: string): Promise<boolean> {
    const sql = `SELECT id FROM approvals.scan WHERE id::text = $1 AND site = $2 AND completed_at IS NULL FOR UPDATE`;
    return (await firstRow(manager, sql, [scanId, site])) !== undefined;
  }

  async fail(manager: Transaction, scanId: string, error: NonNullable<Chunk['error']>): Promise<void> {
    await manager.query('UPDATE approvals.scan SET error = $2 WHERE id = $1', [scanId, JSON.stringify(error)]);
  }

  /** Stores a page of a locked scan; a page that came before changes nothing. */
  async store(manager: Transaction, { scanId, page, rows: found, complete }: Chunk): Promise<void> {
    const insert =
      'INSERT INTO approvals.scan_page (scan_id, page) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING page';
    if ((await firstRow(manager, insert, [scanId, page])) === undefined) return;
    const unique = [...new Map(found.map((row) => [row.nativeId, row])).values()];
    await manager.query(storeRows, [
      scanId,
      unique.map((row) => row.nativeId),
      unique.map((row) => row.name),
      unique.map((row) => (row.ownership === null ? null : JSON.stringify(row.ownership))),
      unique.map((row) => row.power),
    ]);
    if (complete) await manager.query('UPDATE approvals.scan SET last_page = $2 WHERE id = $1', [scanId, page]);
  }

  /** A scan is complete when its last page and all before it came, in any order. Then the site's older scans go. */
  async completeWhenWhole(manager: Transaction, scanId: string): Promise<boolean> {
    const { whole } = await onlyRow<{ whole: boolean | null }>(
      manager,
      `SELECT (SELECT count(*) FROM approvals.scan_page WHERE scan_id = $1) = last_page + 1 AS whole
       FROM approvals.scan WHERE id = $1`,
      [scanId],
    );
    if (whole !== true) return false;
    await manager.query('UPDATE approvals.scan SET completed_at = now() WHERE id = $1', [scanId]);
    await manager.query(
      `DELETE FROM approvals.scan old USING approvals.scan new
       WHERE new.id = $1 AND old.site = new.site AND old.started_at < new.started_at`,
      [scanId],
    );
    return true;
  }
}

import { Injectable } from '@nestjs/common';
import type { Fact } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';

/** A scan that a site is to be asked for. */
export interface DueScan {
  readonly id: string;
  readonly site: string;
  readonly platform: string;
}

/** A scan of which every page came. */
export interface CompleteScan {
  readonly id: string;
  readonly site: string;
  /** When it was asked for: whatever it shows was so at this time or later. */
  readonly startedAt: Date;
}

/** Which scans to begin. */
export interface ScanOrder {
  /** About so long after the one before. */
  readonly intervalMs: number;
  /** A scan that did not end in this time is given up. */
  readonly timeoutMs: number;
  /** This site's, whenever the last one was; absent: those of all sites whose time has come. */
  readonly site?: string;
}

type Chunk = Fact<'io.dcm.fact.discovery.v1'>;

const giveUp = `
  DELETE FROM approvals.scan WHERE completed_at IS NULL AND ($3::text IS NULL OR site = $3) AND (
    started_at < now() - $2 * interval '1 millisecond'
    OR (error IS NOT NULL AND ($3::text IS NOT NULL OR started_at < now() - approvals.jittered($1, id::text))))`;

const beginDue = `
  WITH due AS (
    SELECT s.name, s.platform FROM approvals.site s
    WHERE s.announced_at IS NOT NULL AND NOT s.silent AND CASE WHEN $2::text IS NULL
      THEN coalesce(s.paused_until <= now(), true) AND NOT EXISTS (
        SELECT 1 FROM approvals.scan c
        WHERE c.site = s.name AND c.started_at > now() - approvals.jittered($1, c.id::text))
      ELSE s.name = $2 END),
  begun AS (
    INSERT INTO approvals.scan (id, site) SELECT gen_random_uuid(), name FROM due
    ON CONFLICT DO NOTHING RETURNING id, site)
  SELECT begun.id, begun.site, due.platform FROM begun JOIN due ON due.name = begun.site`;

const storeRows = `
  INSERT INTO approvals.discovered (scan_id, run, native_id, name, ownership, power)
  SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::json[], $6::text[])
  ON CONFLICT (scan_id, run, native_id) DO UPDATE
    SET name = EXCLUDED.name, ownership = EXCLUDED.ownership, power = EXCLUDED.power`;

/** What was found on sites: the last complete scan of each, and the one under way. */
@Injectable()
export class ScansRepository {
  /** Begins scans of sites that speak. A site has one scan under way at most: a second one is not begun, whoever asks. */
  async begin(manager: Transaction, { intervalMs, timeoutMs, site }: ScanOrder): Promise<DueScan[]> {
    await manager.query(giveUp, [intervalMs, timeoutMs, site ?? null]);
    return rows<DueScan>(manager, beginDue, [intervalMs, site ?? null]);
  }

  /** Locks a scan that is under way until the transaction ends; undefined when there is none of this id on the site. */
  async lock(manager: Transaction, scanId: string, site: string): Promise<CompleteScan | undefined> {
    const row = await firstRow<{ id: string; site: string; started_at: Date }>(
      manager,
      `SELECT id, site, started_at FROM approvals.scan
       WHERE id::text = $1 AND site = $2 AND completed_at IS NULL FOR UPDATE`,
      [scanId, site],
    );
    return row && { id: row.id, site: row.site, startedAt: row.started_at };
  }

  async fail(manager: Transaction, scanId: string, error: NonNullable<Chunk['error']>): Promise<void> {
    await manager.query('UPDATE approvals.scan SET error = $2 WHERE id = $1', [scanId, JSON.stringify(error)]);
  }

  /** Stores a page of a locked scan; a page that came before changes nothing. */
  async store(manager: Transaction, run: string, { scanId, page, rows: found, complete }: Chunk): Promise<void> {
    const isNew = await firstRow(
      manager,
      `INSERT INTO approvals.scan_page (scan_id, run, page, is_last) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING page`,
      [scanId, run, page, complete],
    );
    if (isNew === undefined) return;
    const unique = [...new Map(found.map((row) => [row.nativeId, row])).values()];
    await manager.query(storeRows, [
      scanId,
      run,
      unique.map((row) => row.nativeId),
      unique.map((row) => row.name),
      unique.map((row) => (row.ownership === null ? null : JSON.stringify(row.ownership))),
      unique.map((row) => row.power),
    ]);
  }

  /**
   * A scan is complete when the last page of one of its runs and all before it came, in any order: the pages of two runs may
   * be cut differently and together miss a VM. Then the other runs and the site's older scans go.
   */
  async completeWhenWhole(manager: Transaction, scanId: string, run: string): Promise<boolean> {
    const { whole } = await onlyRow<{ whole: boolean | null }>(
      manager,
      `SELECT count(*) = max(page) FILTER (WHERE is_last) + 1 AS whole
       FROM approvals.scan_page WHERE scan_id = $1 AND run = $2`,
      [scanId, run],
    );
    if (whole !== true) return false;
    await manager.query(
      `WITH others AS (DELETE FROM approvals.discovered WHERE scan_id = $1 AND run <> $2),
       pages AS (DELETE FROM approvals.scan_page WHERE scan_id = $1),
       older AS (
         DELETE FROM approvals.scan old USING approvals.scan new
         WHERE new.id = $1 AND old.site = new.site AND old.started_at < new.started_at)
       UPDATE approvals.scan SET completed_at = clock_timestamp(), error = NULL WHERE id = $1`,
      [scanId, run],
    );
    return true;
  }
}

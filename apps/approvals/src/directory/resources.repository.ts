import { Injectable } from '@nestjs/common';
import type { ResourcePool, SiteResources } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import { siteResourcesOf, type SiteResourcesRow } from './directory.mapper';

/** A site whose inventory is to be asked for. */
export interface DueSite {
  readonly name: string;
  readonly platform: string;
}

/** What sites offer, as last observed. */
@Injectable()
export class ResourcesRepository {
  async find(manager: Transaction, site: string): Promise<SiteResources> {
    const sql = 'SELECT * FROM approvals.site_resources WHERE site = $1';
    return siteResourcesOf(await onlyRow<SiteResourcesRow>(manager, sql, [site]));
  }

  /** Notes that sites are asked now: those that speak, whose inventory is old and was not asked for lately. */
  async takeDue(manager: Transaction, ageMs: number, site?: string): Promise<DueSite[]> {
    return rows<DueSite>(
      manager,
      `UPDATE approvals.site_resources r SET asked_at = now() FROM approvals.site s
       WHERE s.name = r.site AND s.announced_at IS NOT NULL AND NOT s.silent AND ($2::text IS NULL OR s.name = $2)
         AND coalesce(r.observed_at < now() - approvals.jittered($1, r.site || r.seq), true)
         AND coalesce(r.asked_at < now() - approvals.jittered($1, r.site || r.seq), true)
       RETURNING s.name, s.platform`,
      [ageMs, site ?? null],
    );
  }

  /** Notes that a site is asked now, however young its inventory is. @returns undefined while an answer is awaited. */
  async takeNow(manager: Transaction, site: string, timeoutMs: number): Promise<DueSite | undefined> {
    return firstRow<DueSite>(
      manager,
      `UPDATE approvals.site_resources r SET asked_at = now() FROM approvals.site s
       WHERE s.name = r.site AND s.name = $1 AND NOT coalesce(
         r.asked_at > coalesce(r.answered_at, '-infinity') AND r.asked_at > now() - $2 * interval '1 millisecond', false)
       RETURNING s.name, s.platform`,
      [site, timeoutMs],
    );
  }

  /** A site could not answer: it may be asked again after `delayMs`, however young the last question is. */
  async askAgain(manager: Transaction, site: string, times: { ageMs: number; delayMs: number }): Promise<void> {
    await manager.query(
      `UPDATE approvals.site_resources SET asked_at = now() - $2 * interval '1 millisecond', answered_at = now()
       WHERE site = $1`,
      [site, times.ageMs - times.delayMs],
    );
  }

  /**
   * Stores an inventory. It is told when its structure is a new one, or when the last telling is older than `tellMs`: figures
   * of use change all the time.
   * @returns the new state when it is to be told.
   */
  async observe(
    manager: Transaction,
    inventory: { site: string; pools: readonly ResourcePool[]; structure: string; tellMs: number },
  ): Promise<SiteResources | undefined> {
    const { site, pools, structure, tellMs } = inventory;
    const before = await onlyRow<{ is_news: boolean }>(
      manager,
      `SELECT structure IS DISTINCT FROM $2 OR coalesce(told_at <= now() - $3 * interval '1 millisecond', true) AS is_news
       FROM approvals.site_resources WHERE site = $1 FOR NO KEY UPDATE`,
      [site, structure, tellMs],
    );
    const row = await onlyRow<SiteResourcesRow>(
      manager,
      `UPDATE approvals.site_resources SET pools = $2, structure = $3, observed_at = now(), answered_at = now(),
         told_at = CASE WHEN $4 THEN now() ELSE told_at END, seq = seq + CASE WHEN $4 THEN 1 ELSE 0 END
       WHERE site = $1 RETURNING *`,
      [site, JSON.stringify(pools), structure, before.is_news],
    );
    return before.is_news ? siteResourcesOf(row) : undefined;
  }
}

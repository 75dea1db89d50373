import { Injectable } from '@nestjs/common';
import type { Fact, Site, SiteScan } from '@dcm/contracts';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import { siteOf, type SiteRow } from './directory.mapper';

/** A site as an administrator registers it. */
export interface NewSite {
  readonly name: string;
  readonly platform: string;
  readonly maxConcurrent: number;
  readonly publisher?: string | undefined;
}

/** What an announcement is compared with. `isStale`: the last one that was told is long ago. */
export interface HeardSite {
  readonly site: Site;
  readonly looksAtOnce: number;
  readonly isStale: boolean;
}

/** Writes sites. A name that is taken violates `site_name`. */
@Injectable()
export class SitesRepository {
  /** Makes the site with its counter of VM numbers and its empty resources, which count as asked for. */
  async insert(manager: Transaction, site: NewSite): Promise<Site> {
    const row = await onlyRow<SiteRow>(
      manager,
      `INSERT INTO approvals.site (name, platform, max_concurrent, publisher) VALUES ($1, $2, $3, $4) RETURNING *`,
      [site.name, site.platform, site.maxConcurrent, site.publisher ?? null],
    );
    await manager.query('INSERT INTO approvals.instance_number (site) VALUES ($1)', [site.name]);
    await manager.query('INSERT INTO approvals.site_resources (site, asked_at) VALUES ($1, now())', [site.name]);
    return siteOf(row);
  }

  /** An absent field stays as it is. @returns undefined for a site that is not registered. */
  async update(
    manager: Transaction,
    name: string,
    change: { maxConcurrent?: number | undefined; draining?: boolean | undefined },
  ): Promise<Site | undefined> {
    const row = await firstRow<SiteRow>(
      manager,
      `UPDATE approvals.site SET max_concurrent = coalesce($2::int, max_concurrent),
         draining = coalesce($3::boolean, draining), seq = seq + 1 WHERE name = $1 RETURNING *`,
      [name, change.maxConcurrent ?? null, change.draining ?? null],
    );
    return row && siteOf(row);
  }

  async find(manager: Transaction, name: string): Promise<Site | undefined> {
    const row = await firstRow<SiteRow>(manager, 'SELECT * FROM approvals.site WHERE name = $1', [name]);
    return row && siteOf(row);
  }

  /** Locks the site's row and counts one more of its states. @returns undefined for a site that is not registered. */
  async touch(manager: Transaction, name: string): Promise<Site | undefined> {
    const sql = 'UPDATE approvals.site SET seq = seq + 1 WHERE name = $1 RETURNING *';
    const row = await firstRow<SiteRow>(manager, sql, [name]);
    return row && siteOf(row);
  }

  /**
   * Keeps what the last complete scan found. It proves that the site answers, as an operation that tries it does: a pause whose time
   * is over ends. How long the next one is stays as it was.
   */
  async keepScan(manager: Transaction, name: string, scan: SiteScan): Promise<Site> {
    const sql = `
      UPDATE approvals.site SET scan = $2, seq = seq + 1,
        paused_until = CASE WHEN paused_until > now() THEN paused_until END,
        pause_reason = CASE WHEN paused_until > now() THEN pause_reason END
      WHERE name = $1 RETURNING *`;
    return siteOf(await onlyRow<SiteRow>(manager, sql, [name, JSON.stringify(scan)]));
  }

  /** Every site, for what is done once per site at the start. */
  async all(manager: Pick<Transaction, 'query'>): Promise<Site[]> {
    return (await rows<SiteRow>(manager, 'SELECT * FROM approvals.site ORDER BY name')).map(siteOf);
  }

  /** Notes that the site was heard of, and locks its row. @returns undefined for a site that is not registered. */
  async hear(manager: Transaction, name: string, staleMs: number): Promise<HeardSite | undefined> {
    const row = await firstRow<SiteRow & { is_stale: boolean; looks_at_once: number }>(
      manager,
      `UPDATE approvals.site SET heard_at = now() WHERE name = $1
       RETURNING *, coalesce(announced_at < now() - $2 * interval '1 millisecond', true) AS is_stale`,
      [name, staleMs],
    );
    return row && { site: siteOf(row), looksAtOnce: row.looks_at_once, isStale: row.is_stale };
  }

  /** Takes over what was announced. A provisioner that cannot reach its site has no description: the last one stays. */
  async announce(manager: Transaction, fact: Fact<'io.dcm.fact.announced.v1'>): Promise<Site> {
    const row = await onlyRow<SiteRow>(
      manager,
      `UPDATE approvals.site SET description = coalesce($2::json, description), sealing_key = $3, announced_at = now(),
         looks_at_once = $4, silent = false, seq = seq + 1 WHERE name = $1 RETURNING *`,
      [
        fact.site,
        fact.description === null ? null : JSON.stringify(fact.description),
        fact.sealingKey,
        fact.looksAtOnce ?? 1,
      ],
    );
    return siteOf(row);
  }

  /** Marks sites that announced before but not within `afterMs`. @returns them. */
  async silence(manager: Transaction, afterMs: number): Promise<Site[]> {
    const silenced = await rows<SiteRow>(
      manager,
      `UPDATE approvals.site SET silent = true, seq = seq + 1
       WHERE NOT silent AND heard_at < now() - $1 * interval '1 millisecond' RETURNING *`,
      [afterMs],
    );
    return silenced.map(siteOf);
  }
}

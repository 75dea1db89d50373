import { Inject, Injectable } from '@nestjs/common';
import {
  DcmError,
  isVisibleTo,
  type Image,
  type Project,
  type ProjectId,
  type Publisher,
  type Site,
  type Size,
  type TenantId,
} from '@dcm/contracts';
import { APPROVALS_CONFIG, brokerUserOf, type ApprovalsConfig } from '../approvals.config';
import { firstRow, onlyRow, type Transaction } from '../database/transaction.repository';
import type { JournalEntry } from '../journal/journal.entity';
import {
  imageOf,
  projectOf,
  publisherOf,
  siteOf,
  sizeOf,
  type ImageRow,
  type ProjectRow,
  type PublisherRow,
  type SiteRow,
  type SizeRow,
} from './directory.mapper';

const selectProject = `SELECT p.*, s.platform FROM approvals.project p JOIN approvals.site s ON s.name = p.site`;

/** Read access to tenants, projects, sites, images, sizes and publishers, and the changes that operations make to a site. */
@Injectable()
export class DirectoryRepository {
  constructor(@Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'AMQP_URL'>) {}

  /** The id that the ownership mark names: made once, with the database. */
  async installationId(manager: Transaction): Promise<string> {
    return (await onlyRow<{ id: string }>(manager, 'SELECT id FROM approvals.installation')).id;
  }

  /** A project with the site that it is bound to. */
  async findProject(manager: Transaction, projectId: ProjectId): Promise<{ project: Project; site: Site } | undefined> {
    const row = await firstRow<ProjectRow>(manager, `${selectProject} WHERE p.id = $1`, [projectId]);
    if (row === undefined) return undefined;
    const site = await this.findSite(manager, row.site);
    return site && { project: projectOf(row), site };
  }

  async findSite(manager: Transaction, name: string): Promise<Site | undefined> {
    const row = await firstRow<SiteRow>(manager, 'SELECT * FROM approvals.site WHERE name = $1', [name]);
    return row && siteOf(row);
  }

  /** Locks the site's row until the transaction ends: the gate of dispatching. */
  async lockSite(manager: Transaction, name: string): Promise<Site | undefined> {
    const row = await firstRow<SiteRow>(manager, 'SELECT * FROM approvals.site WHERE name = $1 FOR NO KEY UPDATE', [
      name,
    ]);
    return row && siteOf(row);
  }

  /** As `lockSite`, without waiting. @returns undefined also when somebody else has locked it. */
  async lockSiteIfFree(manager: Transaction, name: string): Promise<Site | undefined> {
    const sql = 'SELECT * FROM approvals.site WHERE name = $1 FOR NO KEY UPDATE SKIP LOCKED';
    const row = await firstRow<SiteRow>(manager, sql, [name]);
    return row && siteOf(row);
  }

  /** An image, whoever sees it: a VM that was made of it keeps to what it needs. */
  async findImage(manager: Transaction, name: string): Promise<Image | undefined> {
    const row = await firstRow<ImageRow>(manager, 'SELECT * FROM approvals.image WHERE name = $1', [name]);
    return row && imageOf(row);
  }

  /** An image that a tenant sees; to it another does not exist. */
  async findVisibleImage(manager: Transaction, name: string, tenantId: TenantId): Promise<Image | undefined> {
    const image = await this.findImage(manager, name);
    return image !== undefined && isVisibleTo(image.visibility, tenantId) ? image : undefined;
  }

  /** A size, whoever sees it. */
  async findSize(manager: Transaction, name: string): Promise<Size | undefined> {
    const row = await firstRow<SizeRow>(manager, 'SELECT * FROM approvals.size WHERE name = $1', [name]);
    return row && sizeOf(row);
  }

  /** A size that a tenant sees; to it another does not exist. */
  async findVisibleSize(manager: Transaction, name: string, tenantId: TenantId): Promise<Size | undefined> {
    const size = await this.findSize(manager, name);
    return size !== undefined && isVisibleTo(size.visibility, tenantId) ? size : undefined;
  }

  /** The publisher behind a broker user. */
  async findPublisher(manager: Transaction, userId: string): Promise<Publisher | undefined> {
    const row = await firstRow<PublisherRow>(manager, 'SELECT * FROM approvals.publisher WHERE user_id = $1', [userId]);
    return row && publisherOf(row);
  }

  /** The broker user whose facts are believed for a site; undefined for a site that is not registered. */
  async siteFactsPublisher(manager: Transaction, name: string): Promise<string | undefined> {
    const row = await firstRow<{ publisher: string | null }>(
      manager,
      'SELECT publisher FROM approvals.site WHERE name = $1',
      [name],
    );
    return row && (row.publisher ?? brokerUserOf(this.config.AMQP_URL));
  }

  /** The next number of a VM on a site, from 1, never given out twice. Locks the site's counter until the commit. */
  async nextInstanceNumber(manager: Transaction, site: string): Promise<number> {
    const row = await firstRow<{ last: number }>(
      manager,
      'UPDATE approvals.instance_number SET last = last + 1 WHERE site = $1 RETURNING last',
      [site],
    );
    if (row === undefined) throw new DcmError('NOT_FOUND', `Unable to number a VM: site ${site} is not registered`);
    return row.last;
  }

  /**
   * Stops dispatching to a site for a while. Locks the site's row.
   * @param forMs milliseconds from now, by the database's clock.
   * @returns what the caller must append to the journal with its own entries; empty for an unknown site.
   */
  async pauseSite(manager: Transaction, name: string, forMs: number, reason: string): Promise<JournalEntry[]> {
    const row = await firstRow<SiteRow>(
      manager,
      `UPDATE approvals.site SET paused_until = now() + $2 * interval '1 millisecond', pause_reason = $3, seq = seq + 1
       WHERE name = $1 RETURNING *`,
      [name, forMs, reason],
    );
    return row === undefined ? [] : [siteEntry(siteOf(row), 'paused')];
  }

  /** Lets one operation try a paused site now. @returns as `pauseSite`; empty when its pause is over. */
  async probeSite(manager: Transaction, name: string): Promise<JournalEntry[]> {
    const row = await firstRow<SiteRow>(
      manager,
      `UPDATE approvals.site SET paused_until = clock_timestamp(), seq = seq + 1
       WHERE name = $1 AND paused_until > clock_timestamp() RETURNING *`,
      [name],
    );
    return row === undefined ? [] : [siteEntry(siteOf(row), 'probed')];
  }

  /** Dispatches to the site again. @returns as `pauseSite`; empty when it was not paused. */
  async resumeSite(manager: Transaction, name: string): Promise<JournalEntry[]> {
    const row = await firstRow<SiteRow>(
      manager,
      `UPDATE approvals.site SET paused_until = NULL, pause_reason = NULL, seq = seq + 1
       WHERE name = $1 AND paused_until IS NOT NULL RETURNING *`,
      [name],
    );
    return row === undefined ? [] : [siteEntry(siteOf(row), 'resumed')];
  }
}

/** A site's change as a journal entry; sites belong to no tenant. */
export const siteEntry = (site: Site, action: string, actor = 'system'): JournalEntry => ({
  noun: 'site',
  id: site.name,
  tenantId: null,
  action,
  actor,
  seq: site.seq,
  doc: site,
});

import { Inject, Injectable } from '@nestjs/common';
import type { CreateVm, OperationId, Platform, Policy, ProjectId, Publisher, SiteName, TenantId } from '@dcm/contracts';
import { DATABASE, rows, type Database, type Transaction } from '../database/transaction.repository';
import { publisherOf, type ImageRow, type PublisherRow } from '../directory/directory.mapper';
import type { OperationOrder } from '../operations/begin.mapper';
import type { CreateFacts } from './create.policy';
import type { Asked, Earlier } from './resubmit.policy';

/** What a create request names. */
export interface CreateNames {
  readonly projectId: ProjectId;
  readonly name: string;
  readonly size: string | null;
  readonly image: string | null;
  /** It names CPUs and memory itself. */
  readonly hasFigures: boolean;
}

/** What a create names. */
export const createNamesOf = (
  { name, size, image, cpus, memoryMib }: Pick<CreateVm, 'name' | 'size' | 'image' | 'cpus' | 'memoryMib'>,
  projectId: ProjectId,
): CreateNames => ({
  projectId,
  name,
  size: size ?? null,
  image: image ?? null,
  hasFigures: cpus !== undefined || memoryMib !== undefined,
});

interface FactsRow {
  tenant_id: TenantId | null;
  policy: Policy | null;
  site: SiteName | null;
  platform: Platform | null;
  announced_at: Date | null;
  sealing_key: string | null;
  cpus: number | null;
  memory_mib: number | null;
  image: string | null;
  defaults: ImageRow['defaults'];
  minimums: ImageRow['minimums'];
  state: ImageRow['state'];
  template: string | null;
  is_name_taken: boolean;
}

const factsOf = (row: FactsRow): CreateFacts => ({
  tenantId: row.tenant_id,
  policy: row.policy,
  site: row.site,
  platform: row.platform,
  announcedAt: row.announced_at,
  sealingKey: row.sealing_key,
  size: row.cpus === null || row.memory_mib === null ? null : { cpus: row.cpus, memoryMib: row.memory_mib },
  image:
    row.image === null ? null : { name: row.image, defaults: row.defaults, minimums: row.minimums, state: row.state },
  template: row.template,
  isNameTaken: row.is_name_taken,
});

/** The name is looked up row by row: as a mere EXISTS, the server may choose to read the names of all VMs for it. */
const readFacts = `
  SELECT p.tenant_id, p.policy, s.name AS site, s.platform, s.announced_at, s.sealing_key,
    z.cpus, z.memory_mib, i.name AS image, i.defaults, i.minimums, i.state, i.templates ->> s.name AS template,
    taken.name IS NOT NULL AS is_name_taken
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[])
    WITH ORDINALITY AS r (project_id, name, size, image, has_figures, n)
  LEFT JOIN approvals.project p ON p.id = r.project_id
  LEFT JOIN approvals.site s ON s.name = p.site
  LEFT JOIN approvals.image i ON i.name = r.image AND (i.visible_to IS NULL OR p.tenant_id = ANY (i.visible_to))
  LEFT JOIN approvals.size z ON z.name = coalesce(r.size, CASE WHEN NOT r.has_figures THEN i.defaults ->> 'size' END)
    AND (z.visible_to IS NULL OR p.tenant_id = ANY (z.visible_to))
  LEFT JOIN LATERAL (
    SELECT v.name FROM approvals.vm v WHERE v.project_id = p.id AND v.name = r.name AND v.holds_name LIMIT 1
  ) taken ON true
  ORDER BY r.n`;

/** Reads what a batch of requests needs, one statement for each kind of thing. */
@Injectable()
export class IntakeRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The registered publishers among broker users. */
  async publishers(userIds: readonly string[]): Promise<Map<string, Publisher>> {
    const sql = 'SELECT * FROM approvals.publisher WHERE user_id = ANY($1)';
    const found = await rows<PublisherRow>(this.database.manager, sql, [userIds]);
    return new Map(found.map((row) => [row.user_id, publisherOf(row)]));
  }

  /** The payload hashes of those operations that exist already, with their tenants. */
  async existing(
    manager: Pick<Transaction, 'query'>,
    ids: readonly OperationId[],
  ): Promise<Map<string, { readonly tenantId: string; readonly payloadSha256: string }>> {
    const sql = 'SELECT id, tenant_id, payload_sha256 FROM approvals.operation WHERE id = ANY($1)';
    const found = await rows<{ id: string; tenant_id: string; payload_sha256: string }>(manager, sql, [ids]);
    return new Map(found.map((row) => [row.id, { tenantId: row.tenant_id, payloadSha256: row.payload_sha256 }]));
  }

  /** Those operations that requests say they repeat. They have ended, or the request is refused: no lock is needed. */
  async earlier(
    manager: Pick<Transaction, 'query'>,
    orders: readonly Pick<OperationOrder, 'resubmits'>[],
  ): Promise<Map<OperationId, Earlier>> {
    const ids = orders.flatMap(({ resubmits }) => resubmits ?? []);
    if (ids.length === 0) return new Map();
    const sql = `SELECT id, kind, tenant_id AS "tenantId", vm_id AS "vmId", state FROM approvals.operation WHERE id = ANY($1)`;
    const found = await rows<Earlier & { id: OperationId }>(manager, sql, [ids]);
    return new Map(found.map(({ id, ...one }) => [id, one]));
  }

  /** Keeps what operations were asked for with. */
  async keep(
    manager: Transaction,
    requests: readonly (Asked & { readonly operationId: OperationId })[],
  ): Promise<void> {
    const sql = `INSERT INTO approvals.request (operation_id, data, secrets)
      SELECT "operationId", data, secrets FROM json_to_recordset($1::json) AS r ("operationId" uuid, data json, secrets json)`;
    if (requests.length > 0) await manager.query(sql, [JSON.stringify(requests)]);
  }

  /** In the order of the requests. What the project's tenant does not see is not there. */
  async createFacts(manager: Transaction, requests: readonly CreateNames[]): Promise<CreateFacts[]> {
    const found = await rows<FactsRow>(manager, readFacts, [
      requests.map((request) => request.projectId),
      requests.map((request) => request.name),
      requests.map((request) => request.size),
      requests.map((request) => request.image),
      requests.map((request) => request.hasFigures),
    ]);
    return found.map(factsOf);
  }

  /** Gives out `count` numbers on each site. @returns the first of each site's. */
  async takeNumbers(manager: Transaction, counts: ReadonlyMap<string, number>): Promise<Map<string, number>> {
    const taken = await rows<{ site: string; last: number }>(
      manager,
      `UPDATE approvals.instance_number n SET last = n.last + r.count
       FROM unnest($1::text[], $2::int[]) AS r (site, count) WHERE n.site = r.site RETURNING n.site, n.last`,
      [[...counts.keys()], [...counts.values()]],
    );
    return new Map(taken.map(({ site, last }) => [site, last - (counts.get(site) ?? 0) + 1]));
  }
}

import type { EventNoun } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import type { DataSource } from 'typeorm';
import { ResourceRepository, type ResourceFilter } from '../src/resources/resource.repository';
import { Scene } from './scene';

jest.setTimeout(120_000);

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Rows Removed by Filter'?: number;
  'Actual Rows': number;
  Plans?: PlanNode[];
}
interface Statement {
  sql: string;
  values: unknown[];
}

const [mine, theirs] = [newId(), newId()];
const [few, many, foreign] = [newId(), newId(), newId()];
const [busyVm, calmVm, foreignVm] = [newId(), newId(), newId()];
const pageSize = 50;

/**
 * A read model in which what is asked for lies behind what is not: of a tenant with a busy and a calm project most VMs are deleted, most
 * operations have succeeded, and another tenant has as many of everything. Hundred VMs share a name.
 */
const fill = `
INSERT INTO gateway.resource (kind, id, tenant_id, project_id, vm_id, name, state, seq, position, doc, created_at)
SELECT kind, md5(kind || n)::uuid::text,
  CASE WHEN n % 2 = 0 THEN $1::uuid ELSE $2::uuid END,
  CASE WHEN n % 2 = 1 THEN $3::uuid WHEN n % 1000 = 0 THEN $4::uuid ELSE $5::uuid END,
  CASE WHEN n % 2 = 1 THEN $8::uuid WHEN n % 1000 = 0 THEN $7::uuid ELSE $6::uuid END,
  'web-' || n % 100,
  CASE WHEN kind = 'vm' THEN (CASE WHEN n % 2 = 1 AND n % 10 = 1 OR n < 400 THEN 'active' WHEN n % 2 = 1 AND n % 10 = 3 THEN 'failed' ELSE 'deleted' END)
       ELSE (CASE WHEN n % 2 = 1 AND n % 10 = 1 OR n < 400 THEN 'failed' ELSE 'succeeded' END) END,
  1, 0, '{}', now() - interval '1 minute' * (($9::int - n) % 7) - interval '1 second' * ($9::int - n)
FROM unnest(ARRAY['vm', 'operation']) AS kind, generate_series(1, $9::int) AS n`;

/** Takes down what a repository would ask. */
function recorder(): { repository: ResourceRepository; asked: Statement[] } {
  const asked: Statement[] = [];
  const query = (sql: string, values: unknown[]): Promise<unknown[]> => {
    asked.push({ sql, values: [...values] });
    return Promise.resolve([]);
  };
  return { repository: new ResourceRepository({ query } as unknown as DataSource), asked };
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

describe('the lists of a full read model', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open();
    await scene.sql.query(fill, [mine, theirs, foreign, few, many, busyVm, calmVm, foreignVm, 30_000]);
    await scene.sql.query('ANALYZE gateway.resource');
  });
  afterAll(() => scene.close());

  /** What the database did for a page of a list. */
  const explain = async (tenantId: string | null, kind: EventNoun, filter: ResourceFilter, isDeep: boolean) => {
    const { repository, asked } = recorder();
    const after = isDeep ? { createdAt: new Date(Date.now() - 15_000_000).toISOString(), id: newId() } : undefined;
    await repository.list({ tenantId }, { kind, filter, limit: pageSize + 1, after });
    const [statement] = asked;
    const { rows } = await scene.sql.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${statement?.sql ?? ''}`,
      statement?.values,
    );
    return nodesOf(rows[0]!['QUERY PLAN'][0].Plan);
  };

  const live = { exceptState: 'deleted' };
  const lists: [what: string, tenantId: string | null, kind: EventNoun, filter: ResourceFilter][] = [
    ['VMs of a tenant', mine, 'vm', live],
    ['VMs of all tenants', null, 'vm', live],
    ['VMs of a project', mine, 'vm', { ...live, projectId: many }],
    ['VMs of a calm project', mine, 'vm', { ...live, projectId: few }],
    ['failed VMs of a tenant that has none', mine, 'vm', { state: 'failed' }],
    ['deleted VMs of a tenant', mine, 'vm', { state: 'deleted' }],
    ['failed VMs of all tenants', null, 'vm', { state: 'failed' }],
    ['deleted VMs of a calm project', mine, 'vm', { state: 'deleted', projectId: few }],
    ['operations of a tenant', mine, 'operation', {}],
    ['operations of all tenants', null, 'operation', {}],
    ['failed operations of a tenant', mine, 'operation', { state: 'failed' }],
    ['failed operations of all tenants', null, 'operation', { state: 'failed' }],
    ['operations that no tenant has', mine, 'operation', { state: 'running' }],
    ['operations of a VM', mine, 'operation', { vmId: busyVm }],
    ['operations of a calm VM', mine, 'operation', { vmId: calmVm }],
    ['approvals of a tenant', mine, 'approval', { state: 'pending' }],
    ['projects of a tenant', mine, 'project', {}],
    ['sites', mine, 'site', {}],
  ];

  type List = (typeof lists)[number];
  const pages = lists.flatMap(([what, ...list]) =>
    (['first', 'deep'] as const).map((page): [...List, 'first' | 'deep'] => [
      `the ${page} page of the ${what}`,
      ...list,
      page,
    ]),
  );
  it.each(pages)('%s is read from an index in order, and nothing else', async (...list) => {
    const [, tenantId, kind, filter, page] = list;
    const nodes = await explain(tenantId, kind, filter, page === 'deep');
    const types = nodes.map((node) => node['Node Type']);
    expect(types.filter((type) => type !== 'Limit')).toEqual(['Index Scan']);
    expect(nodes.map((node) => node['Rows Removed by Filter'] ?? 0)).toEqual(nodes.map(() => 0));
  });

  it('reads of the VMs of one name those that bear it, and no others', async () => {
    const nodes = await explain(mine, 'vm', { ...live, name: 'web-98' }, false);
    const scans = nodes.filter((node) => node['Node Type'].includes('Scan'));
    expect(scans.map((node) => node['Index Name'])).toContain('resource_by_name');
    const read = scans.map((node) => node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0));
    expect(Math.max(...read)).toBeLessThanOrEqual(300);
  });
});

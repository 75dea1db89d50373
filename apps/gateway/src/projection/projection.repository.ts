import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Changed } from '@dcm/contracts';
import type { ResourceRow } from '../resources/resource';
import { rowColumns, rowJson, rowTypes } from '../resources/resource.columns';
import { rowOfChange } from '../resources/resource.mapper';
import { noteWantedSql } from '../webhooks/wanted.repository';
import type { ProjectionMark } from './projection-mark';

const upsert = `
INSERT INTO gateway.resource AS r (${rowColumns})
SELECT ${rowColumns} FROM jsonb_to_recordset($1::jsonb) AS i(${rowTypes}) ORDER BY kind, id
ON CONFLICT (kind, id) DO UPDATE SET
  tenant_id = excluded.tenant_id, project_id = excluded.project_id, vm_id = excluded.vm_id, name = excluded.name, state = excluded.state,
  seq = excluded.seq, position = greatest(r.position, excluded.position), doc = excluded.doc, updated_at = now()
WHERE (excluded.seq, excluded.position) > (r.seq, r.position)`;

/** One commit for states, their positions, the requests that they confirm and the webhooks that want them. Applying the same again changes nothing. */
const applySql = `
WITH stored AS (${upsert} RETURNING r.kind, r.id, r.tenant_id, r.seq, r.position, r.doc), ${noteWantedSql('$4')}, confirmed AS (
  UPDATE gateway.request SET status = 'accepted', message = NULL WHERE status = 'pending' AND operation_id = ANY ($3::uuid[])
), moved AS (
  UPDATE gateway.projection SET applied = applied + (SELECT range_agg(int8range(p, p + 1)) FROM unnest($2::bigint[]) AS p)
  WHERE name = 'journal' RETURNING applied
)
SELECT min(upper(part)) - 1 AS watermark, count(*) > 1 AS has_gap FROM moved, unnest(moved.applied) AS part`;

const markSql = `
SELECT min(upper(part)) - 1 AS watermark, count(*) > 1 AS has_gap FROM gateway.projection, unnest(applied) AS part WHERE name = 'journal'`;

interface MarkRow {
  watermark: string;
  has_gap: boolean;
}

const toMark = ([row]: readonly MarkRow[]): ProjectionMark => ({
  watermark: Number(row?.watermark ?? 0),
  hasGap: row?.has_gap ?? false,
});

/** Two rows of one state in one statement are one too many: the newest stays. */
function newestOf(rows: readonly ResourceRow[]): ResourceRow[] {
  const newest = new Map<string, ResourceRow>();
  for (const row of rows) {
    const key = `${row.kind}\n${row.id}`;
    const other = newest.get(key);
    if (other === undefined || row.seq > other.seq || (row.seq === other.seq && row.position > other.position))
      newest.set(key, row);
  }
  return [...newest.values()];
}

/** Writes the read model. Only newer states replace older ones, so order and repetition do not matter. */
@Injectable()
export class ProjectionRepository {
  constructor(private readonly database: DataSource) {}

  /** Applies rows of the journal, in any order. */
  async apply(changes: readonly Changed[]): Promise<ProjectionMark> {
    const rows = changes.map(rowOfChange);
    const causes = changes.map(({ position, action, actor, at }) => [position, { action, actor, at }] as const);
    const positions = rows.map((row) => row.position);
    const operations = rows.filter((row) => row.kind === 'operation' && row.seq > 0).map((row) => row.id);
    return toMark(
      await this.database.query<MarkRow[]>(applySql, [
        JSON.stringify(newestOf(rows).map(rowJson)),
        positions,
        operations,
        JSON.stringify(Object.fromEntries(causes)),
      ]),
    );
  }

  /** Shows a state that came as an answer, ahead of its event. */
  async show(row: ResourceRow): Promise<void> {
    await this.database.query(upsert, [JSON.stringify([rowJson(row)])]);
  }

  async mark(): Promise<ProjectionMark> {
    return toMark(await this.database.query<MarkRow[]>(markSql));
  }
}

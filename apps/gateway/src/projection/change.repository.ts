import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { visibilityIn, type EventNoun, type Visibility } from '@dcm/contracts';
import type { Scope } from '../auth/principal';
import { closedKinds, openKinds, sharedKinds, visibilityOfRow } from '../resources/visibility.policy';

/** A state that changed, at its place. */
export interface Change {
  readonly kind: EventNoun;
  readonly id: string;
  readonly tenantId: string | null;
  readonly seq: number;
  readonly position: number;
  readonly doc: Readonly<Record<string, unknown>>;
  /** Who sees it, of a kind that is open to all. */
  readonly visibility: Visibility;
}

/** Changes after a position, in order; everything up to `upTo` has been said with them. */
export interface ChangePage {
  readonly changes: Change[];
  readonly upTo: number;
}

interface Row {
  watermark: string;
  kind: EventNoun | null;
  id: string;
  tenant_id: string | null;
  seq: string;
  position: string;
  doc: Record<string, unknown>;
  visibility: unknown;
}

/** Watermark and rows are of one snapshot: nothing at or below the watermark can appear later. */
const readSql = `
WITH mark AS (
  SELECT min(upper(part)) - 1 AS watermark FROM gateway.projection, unnest(applied) AS part WHERE name = 'journal'
)
SELECT mark.watermark, r.kind, r.id, r.tenant_id, r.seq, r.position, r.doc, ${visibilityOfRow('r')} AS visibility
FROM mark LEFT JOIN gateway.resource AS r ON r.position > $1 AND r.position <= mark.watermark
  AND ($3::uuid IS NULL
    OR (r.kind = ANY ($4) AND (
      (${visibilityOfRow('r')}) = '"all"' OR (${visibilityOfRow('r')}) -> 'tenants' ? ($3::uuid)::text))
    OR (r.tenant_id = $3 AND r.kind <> ALL ($5))
    OR (r.tenant_id IS NULL AND r.kind = ANY ($6)))
ORDER BY r.position LIMIT $2`;

const changeOf = ({ kind, tenant_id: tenantId, id, seq, position, doc, visibility }: Row): Change[] =>
  kind === null
    ? []
    : [
        {
          kind,
          id,
          tenantId,
          seq: Number(seq),
          position: Number(position),
          doc,
          visibility: visibilityIn({ visibility }),
        },
      ];

/** Reads the read model in the order of the journal: of each thing its latest state, at the place of its latest change. */
@Injectable()
export class ChangeRepository {
  constructor(private readonly database: DataSource) {}

  async read(scope: Scope, after: number, limit: number): Promise<ChangePage> {
    const values = [after, limit, scope.tenantId, openKinds, closedKinds, sharedKinds];
    const rows = await this.database.query<Row[]>(readSql, values);
    const watermark = Number(rows[0]?.watermark ?? 0);
    const changes = rows.flatMap(changeOf);
    const isFull = changes.length === limit;
    return { changes, upTo: isFull ? (changes.at(-1)?.position ?? after) : watermark };
  }
}

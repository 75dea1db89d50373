import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mostVms, operationIdSchema, type EventNoun } from '@dcm/contracts';
import { memberIdOf } from '@dcm/runtime';
import type { Scope } from '../auth/principal';
import type { Cursor } from './cursor.policy';
import type { DocOf } from './resource';
import { openKinds, ownVisibility, sharedKinds, visibilityOfRow } from './visibility.policy';

/** Columns that a list may be narrowed by. */
export interface ResourceFilter {
  readonly projectId?: string | undefined;
  readonly vmId?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly exceptState?: string | undefined;
  /** Of operations: the first of those of one request. */
  readonly batchId?: string | undefined;
}

export interface ResourceList<N extends EventNoun> {
  readonly kind: N;
  readonly filter: ResourceFilter;
  readonly limit: number;
  readonly after: Cursor | undefined;
}

/** A document with the time that orders it. */
export interface ListedDoc<N extends EventNoun> {
  readonly id: string;
  readonly createdAt: string;
  readonly doc: DocOf<N>;
}

interface DocRow {
  id: string;
  created_at: Date;
}

/** Each filter with the condition whose right side is its value. */
const conditions: Record<Exclude<keyof ResourceFilter, 'batchId'>, string> = {
  projectId: 'project_id =',
  vmId: 'vm_id =',
  name: 'name =',
  state: 'state =',
  exceptState: 'state IS DISTINCT FROM',
};

/** A statement of constant parts, chosen by what is asked for; every value is a parameter. */
class Query {
  readonly values: unknown[] = [];
  private readonly clauses: string[] = [];

  constructor(private readonly select: string) {}

  /** @returns the parameter's place. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  where(condition: string, value: unknown): this {
    this.clauses.push(`${condition} ${this.bind(value)}`);
    return this;
  }

  whereVisible(scope: Scope, kind: EventNoun): this {
    if (scope.tenantId === null) return this;
    if (openKinds.includes(kind)) return this.whereOpen(scope.tenantId, kind);
    if (!sharedKinds.includes(kind)) return this.where('tenant_id =', scope.tenantId);
    this.clauses.push(`(tenant_id = ${this.bind(scope.tenantId)} OR tenant_id IS NULL)`);
    return this;
  }

  /** What `visibilityIn` says: a document that names the tenants that see it is shown to no other. */
  private whereOpen(tenantId: string, kind: EventNoun): this {
    const seen = kind === 'rate' ? visibilityOfRow('resource') : ownVisibility('resource');
    this.clauses.push(`((${seen}) = '"all"' OR (${seen}) -> 'tenants' ? ${this.bind(tenantId)})`);
    return this;
  }

  /** The ids of a batch follow from the first, so it needs no index of its own. */
  whereBatch(batchId: string | undefined): this {
    if (batchId === undefined) return this;
    const first = operationIdSchema.parse(batchId);
    const ids = Array.from({ length: mostVms }, (_, position) => memberIdOf(first, position + 1));
    this.clauses.push(`id = ANY (${this.bind(ids)})`);
    return this.where(`doc #>> '{batch,id}' =`, first);
  }

  whereAfter(cursor: Cursor | undefined): this {
    if (cursor === undefined) return this;
    this.clauses.push(`(created_at, id) < (${this.bind(cursor.createdAt)}::timestamptz, ${this.bind(cursor.id)})`);
    return this;
  }

  sql(rest = ''): string {
    return `${this.select} WHERE ${this.clauses.join(' AND ')} ${rest}`;
  }
}

/** The read model. Whoever reads says what may be seen. */
@Injectable()
export class ResourceRepository {
  constructor(private readonly database: DataSource) {}

  async find<N extends EventNoun>(scope: Scope, kind: N, id: string): Promise<DocOf<N> | undefined> {
    const query = new Query('SELECT doc FROM gateway.resource');
    query.where('kind =', kind).where('id =', id).whereVisible(scope, kind);
    const [row] = await this.database.query<{ doc: DocOf<N> }[]>(query.sql(), query.values);
    return row?.doc;
  }

  /** One that bears a name which is unique to its kind. */
  async findNamed<N extends 'image'>(scope: Scope, kind: N, name: string): Promise<DocOf<N> | undefined> {
    const query = new Query('SELECT doc FROM gateway.resource');
    query.where('kind =', kind).where('name =', name).whereVisible(scope, kind);
    const [row] = await this.database.query<{ doc: DocOf<N> }[]>(query.sql('LIMIT 1'), query.values);
    return row?.doc;
  }

  /** Newest first. */
  async list<N extends EventNoun>(scope: Scope, list: ResourceList<N>): Promise<ListedDoc<N>[]> {
    const query = new Query('SELECT id, created_at, doc FROM gateway.resource');
    query.where('kind =', list.kind).whereVisible(scope, list.kind).whereAfter(list.after);
    query.whereBatch(list.filter.batchId);
    for (const [name, condition] of Object.entries(conditions)) {
      const value = list.filter[name as keyof typeof conditions];
      if (value !== undefined) query.where(condition, value);
    }
    const sql = query.sql(`ORDER BY created_at DESC, id DESC LIMIT ${query.bind(list.limit)}`);
    const rows = await this.database.query<(DocRow & { doc: DocOf<N> })[]>(sql, query.values);
    return rows.map(({ id, created_at: at, doc }) => ({ id, createdAt: at.toISOString(), doc }));
  }
}

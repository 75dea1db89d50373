import { Inject, Injectable } from '@nestjs/common';
import { DcmError, type EventNoun } from '@dcm/contracts';
import type { Scope } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import { decodeCursor, encodeCursor, type Cursor } from './cursor.policy';
import type { DocOf } from './resource';
import { shownTo } from './visibility.policy';
import { ResourceRepository, type ResourceFilter } from './resource.repository';

/** The part of a list's query that every list has. */
export interface Paging {
  readonly pageSize: number;
  readonly pageToken?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly nextPageToken: string | null;
}

/** Newest first; equally old ones in the order of their ids, downwards. */
const byAge = (a: Cursor, b: Cursor): number =>
  Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

/** Reads states for a principal's scope. */
@Injectable()
export class ResourceService {
  constructor(
    private readonly resources: ResourceRepository,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  async find<N extends EventNoun>(scope: Scope, kind: N, id: string): Promise<DocOf<N> | undefined> {
    const doc = await this.resources.find(scope, kind, id);
    return doc && shownTo(scope, doc);
  }

  /** @throws DcmError NOT_FOUND, for what belongs to another tenant too. */
  async get<N extends EventNoun>(scope: Scope, kind: N, id: string): Promise<DocOf<N>> {
    const doc = await this.find(scope, kind, id);
    if (doc === undefined) throw new DcmError('NOT_FOUND', `Unable to find ${kind} ${id}: there is none here`);
    return doc;
  }

  /** @throws DcmError INVALID_REQUEST for a page token of another list. */
  async list<N extends EventNoun>(
    scope: Scope,
    kind: N,
    paging: Paging,
    filter: ResourceFilter = {},
  ): Promise<Page<DocOf<N>>> {
    const context = JSON.stringify([kind, scope.tenantId, Object.entries(filter).sort()]);
    const limit = paging.pageSize + 1;
    const rows = await this.resources.list(scope, { kind, filter, limit, after: this.startOf(paging, context) });
    const { items, nextPageToken } = this.cut(rows, paging, context);
    return { items: items.map((row) => shownTo(scope, row.doc)), nextPageToken };
  }

  /**
   * A page of things that are part of one document, newest first.
   * @param context names the list.
   * @throws DcmError INVALID_REQUEST for a page token of another list.
   */
  pageOf<T extends Cursor>(things: readonly T[], paging: Paging, context: string): Page<T> {
    const after = this.startOf(paging, context);
    const rest = things.filter((thing) => after === undefined || byAge(thing, after) > 0);
    return this.cut(rest.sort(byAge), paging, context);
  }

  /** Where a page begins. @throws DcmError INVALID_REQUEST for a token of another list. */
  startOf({ pageToken }: Paging, context: string): Cursor | undefined {
    return pageToken === undefined ? undefined : decodeCursor(this.config.DCM_INSTALLATION_KEY, pageToken, context);
  }

  /** The page of what was read, one more than it holds. */
  cut<T extends Cursor>(rows: readonly T[], { pageSize }: Paging, context: string): Page<T> {
    const items = rows.slice(0, pageSize);
    const last = rows.length > pageSize ? items.at(-1) : undefined;
    const key = this.config.DCM_INSTALLATION_KEY;
    return { items, nextPageToken: last === undefined ? null : encodeCursor(key, last, context) };
  }
}

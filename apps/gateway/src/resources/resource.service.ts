import { Inject, Injectable } from '@nestjs/common';
import { DcmError, type EventNoun } from '@dcm/contracts';
import type { Scope } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import { decodeCursor, encodeCursor } from './cursor.policy';
import type { DocOf } from './resource';
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

/** Reads states for a principal's scope. */
@Injectable()
export class ResourceService {
  constructor(
    private readonly resources: ResourceRepository,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  find<N extends EventNoun>(scope: Scope, kind: N, id: string): Promise<DocOf<N> | undefined> {
    return this.resources.find(scope, kind, id);
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
    const { pageSize, pageToken } = paging;
    const key = this.config.DCM_INSTALLATION_KEY;
    const context = JSON.stringify([kind, scope.tenantId, Object.entries(filter).sort()]);
    const after = pageToken === undefined ? undefined : decodeCursor(key, pageToken, context);
    const rows = await this.resources.list(scope, { kind, filter, limit: pageSize + 1, after });
    const shown = rows.slice(0, pageSize);
    const last = rows.length > pageSize ? shown.at(-1) : undefined;
    return {
      items: shown.map((row) => row.doc),
      nextPageToken: last === undefined ? null : encodeCursor(key, last, context),
    };
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Scope } from '../auth/principal';
import type { Cursor } from '../resources/cursor.policy';
import type { NewWebhook, WebhookChange, WebhookRow } from './webhook';

export interface WebhookList {
  /** Narrows what the scope allows. */
  readonly tenantId: string | undefined;
  readonly limit: number;
  readonly after: Cursor | undefined;
}

const columns = `id, tenant_id AS "tenantId", url, description, events, disabled_because AS "disabledBecause", failing_since AS "failingSince",
  CASE WHEN former_secret_until > now() THEN former_secret_until END AS "formerSecretUntil", created_by AS "createdBy", created_at AS "createdAt"`;

const isWithin = '($2::uuid IS NULL OR tenant_id = $2)';

/** Endpoints of tenants. Every query names the scope of whoever asks. */
@Injectable()
export class WebhookRepository {
  constructor(private readonly database: DataSource) {}

  /** @returns undefined when the tenant has as many as it may have. */
  async insert(webhook: NewWebhook, maxPerTenant: number): Promise<WebhookRow | undefined> {
    const { id, tenantId, url, description, events, secret, createdBy } = webhook;
    const [row] = await this.database.query<WebhookRow[]>(
      `INSERT INTO gateway.webhook (id, tenant_id, url, description, events, secret, created_by)
       SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM gateway.webhook WHERE tenant_id = $2) < $8 RETURNING ${columns}`,
      [id, tenantId, url, description, events, secret, createdBy, maxPerTenant],
    );
    return row;
  }

  async find(scope: Scope, id: string): Promise<WebhookRow | undefined> {
    const [row] = await this.database.query<WebhookRow[]>(
      `SELECT ${columns} FROM gateway.webhook WHERE id = $1 AND ${isWithin}`,
      [id, scope.tenantId],
    );
    return row;
  }

  /** Newest first. */
  list(scope: Scope, { tenantId, limit, after }: WebhookList): Promise<WebhookRow[]> {
    return this.database.query<WebhookRow[]>(
      `SELECT ${columns} FROM gateway.webhook WHERE ($1::uuid IS NULL OR tenant_id = $1) AND ${isWithin}
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid)) ORDER BY created_at DESC, id DESC LIMIT $5`,
      [tenantId ?? null, scope.tenantId, after?.createdAt ?? null, after?.id ?? null, limit],
    );
  }

  /** To enable is to forget what failed. */
  async update(scope: Scope, id: string, change: WebhookChange): Promise<WebhookRow | undefined> {
    const { url, description, events, enabled } = change;
    const [[row]] = await this.database.query<[WebhookRow[], number]>(
      `UPDATE gateway.webhook SET url = coalesce($3, url), description = coalesce($4, description), events = coalesce($5, events),
         disabled_because = CASE WHEN $6 THEN NULL WHEN NOT $6 THEN coalesce(disabled_because, 'asked') ELSE disabled_because END,
         failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END, failures = CASE WHEN $6 THEN 0 ELSE failures END,
         rest_until = CASE WHEN $6 THEN NULL ELSE rest_until END
       WHERE id = $1 AND ${isWithin} RETURNING ${columns}`,
      [id, scope.tenantId, url ?? null, description ?? null, events ?? null, enabled ?? null],
    );
    return row;
  }

  /** The former secret signs for a while too. */
  async rotate(scope: Scope, id: string, secret: Buffer, formerHours: number): Promise<WebhookRow | undefined> {
    const [[row]] = await this.database.query<[WebhookRow[], number]>(
      `UPDATE gateway.webhook SET former_secret = secret, former_secret_until = now() + $4 * interval '1 hour', secret = $3
       WHERE id = $1 AND ${isWithin} RETURNING ${columns}`,
      [id, scope.tenantId, secret, formerHours],
    );
    return row;
  }

  /** @returns false when there is none within the scope. */
  async remove(scope: Scope, id: string): Promise<boolean> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `DELETE FROM gateway.webhook WHERE id = $1 AND ${isWithin}`,
      [id, scope.tenantId],
    );
    return count > 0;
  }
}

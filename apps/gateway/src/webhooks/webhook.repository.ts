import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Scope } from '../auth/principal';
import type { Cursor } from '../resources/cursor.policy';
import type {
  AnsweredRequest,
  NewWebhook,
  WebhookActor,
  WebhookChangeRow,
  WebhookPatch,
  WebhookRequest,
  WebhookRow,
} from './webhook';
import { webhookOf } from './webhook.mapper';

export interface WebhookList {
  /** Narrows what the scope allows. */
  readonly tenantId: string | undefined;
  readonly limit: number;
  readonly after: Cursor | undefined;
}

const columns = `id, tenant_id AS "tenantId", url, description, events, disabled_because AS "disabledBecause", failing_since AS "failingSince",
  CASE WHEN former_secret_until > now() THEN former_secret_until END AS "formerSecretUntil", created_by AS "createdBy", created_at AS "createdAt"`;

const isWithin = '($2::uuid IS NULL OR tenant_id = $2)';

/**
 * A change of webhooks that is noted in the same statement.
 * @param change the statement that changes them, with `RETURNING *`.
 * @param by the parameters with action, actor and the actor's tenant.
 */
const notedSql = (change: string, [action, actor, tenant]: readonly [string, string, string]): string => `
WITH changed AS (${change}), noted AS (
  INSERT INTO gateway.webhook_change (webhook_id, tenant_id, action, actor, actor_tenant_id, url, description, events, disabled_because)
  SELECT id, tenant_id, ${action}, ${actor}, ${tenant}::uuid, url, description, events, disabled_because FROM changed
)
SELECT ${columns} FROM changed`;

/** Endpoints of tenants. Every query names the scope of whoever asks. */
@Injectable()
export class WebhookRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * @param request under which key it is asked for; undefined: under none.
   * @returns what that key was answered before, else the webhook; undefined when the tenant has as many as it may have.
   */
  insert(
    webhook: NewWebhook,
    maxPerTenant: number,
    by: WebhookActor,
    request?: WebhookRequest,
  ): Promise<{ readonly earlier: AnsweredRequest } | { readonly made: WebhookRow } | undefined> {
    return this.database.transaction(async (manager) => {
      const earlier = request && (await this.begin(manager, request, webhook));
      if (earlier !== undefined) return { earlier };
      const made = await this.insertOne(manager, webhook, maxPerTenant, by);
      if (request !== undefined) await this.end(manager, request, made);
      return made && { made };
    });
  }

  /** Who comes second under a key waits for the first. @returns what the key was answered before. */
  private async begin(
    manager: EntityManager,
    { id, payloadHash }: WebhookRequest,
    webhook: NewWebhook,
  ): Promise<AnsweredRequest | undefined> {
    const begun = await manager.query<unknown[]>(
      `INSERT INTO gateway.webhook_request (id, payload_hash, webhook_id, secret) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING id`,
      [id, payloadHash, webhook.id, webhook.secret],
    );
    return begun.length > 0 ? undefined : this.findRequest(id, manager);
  }

  private async insertOne(
    manager: EntityManager,
    { id, tenantId, url, description, events, secret, createdBy }: NewWebhook,
    maxPerTenant: number,
    by: WebhookActor,
  ): Promise<WebhookRow | undefined> {
    const insert = `INSERT INTO gateway.webhook (id, tenant_id, url, description, events, secret, created_by)
       SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT count(*) FROM gateway.webhook WHERE tenant_id = $2) < $8 RETURNING *`;
    const [row] = await manager.query<WebhookRow[]>(notedSql(insert, [`'created'`, '$9', '$10']), [
      ...[id, tenantId, url, description, events, secret, createdBy, maxPerTenant],
      ...[by.name, by.tenantId],
    ]);
    return row;
  }

  /** What was not made is not remembered either. */
  private async end(manager: EntityManager, { id }: WebhookRequest, made: WebhookRow | undefined): Promise<void> {
    if (made === undefined) await manager.query('DELETE FROM gateway.webhook_request WHERE id = $1', [id]);
    else {
      const answer = JSON.stringify(webhookOf(made));
      await manager.query('UPDATE gateway.webhook_request SET answer = $2 WHERE id = $1', [id, answer]);
    }
  }

  /** What a request under a key was answered, while that is remembered. */
  async findRequest(id: string, manager: EntityManager = this.database.manager): Promise<AnsweredRequest | undefined> {
    const [found] = await manager.query<AnsweredRequest[]>(
      `SELECT payload_hash AS "payloadHash", webhook_id AS "webhookId", secret, answer FROM gateway.webhook_request
       WHERE id = $1 AND answer IS NOT NULL`,
      [id],
    );
    return found;
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
  async update(scope: Scope, id: string, change: WebhookPatch, by: WebhookActor): Promise<WebhookRow | undefined> {
    const { url, description, events, enabled } = change;
    const update = `UPDATE gateway.webhook SET url = coalesce($3, url), description = coalesce($4, description), events = coalesce($5, events),
         disabled_because = CASE WHEN $6 THEN NULL WHEN NOT $6 THEN coalesce(disabled_because, 'asked') ELSE disabled_because END,
         failing_since = CASE WHEN $6 THEN NULL ELSE failing_since END, failures = CASE WHEN $6 THEN 0 ELSE failures END,
         rest_until = CASE WHEN $6 THEN NULL ELSE rest_until END
       WHERE id = $1 AND ${isWithin} RETURNING *`;
    const [row] = await this.database.query<WebhookRow[]>(notedSql(update, [`'changed'`, '$7', '$8']), [
      ...[id, scope.tenantId, url ?? null, description ?? null, events ?? null, enabled ?? null],
      ...[by.name, by.tenantId],
    ]);
    return row;
  }

  /** The former secret signs for so many hours too. */
  async rotate(
    scope: Scope,
    id: string,
    { secret, formerHours }: { readonly secret: Buffer; readonly formerHours: number },
    by: WebhookActor,
  ): Promise<WebhookRow | undefined> {
    const update = `UPDATE gateway.webhook SET former_secret = secret, former_secret_until = now() + $4 * interval '1 hour', secret = $3
       WHERE id = $1 AND ${isWithin} RETURNING *`;
    const [row] = await this.database.query<WebhookRow[]>(notedSql(update, [`'secret-rotated'`, '$5', '$6']), [
      ...[id, scope.tenantId, secret, formerHours],
      ...[by.name, by.tenantId],
    ]);
    return row;
  }

  /** @returns false when there is none within the scope. */
  async remove(scope: Scope, id: string, by: WebhookActor): Promise<boolean> {
    const remove = `DELETE FROM gateway.webhook WHERE id = $1 AND ${isWithin} RETURNING *`;
    const values = [id, scope.tenantId, by.name, by.tenantId];
    const rows = await this.database.query<unknown[]>(notedSql(remove, [`'deleted'`, '$3', '$4']), values);
    return rows.length > 0;
  }

  /** Newest first. */
  changesOf(
    scope: Scope,
    id: string,
    { limit, after }: { readonly limit: number; readonly after: Cursor | undefined },
  ): Promise<WebhookChangeRow[]> {
    return this.database.query<WebhookChangeRow[]>(
      `SELECT id, webhook_id AS "webhookId", tenant_id AS "tenantId", action, actor, actor_tenant_id AS "actorTenantId", url, description, events,
         disabled_because AS "disabledBecause", created_at AS "createdAt"
       FROM gateway.webhook_change WHERE webhook_id = $1 AND ${isWithin}
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid)) ORDER BY created_at DESC, id DESC LIMIT $5`,
      [id, scope.tenantId, after?.createdAt ?? null, after?.id ?? null, limit],
    );
  }
}

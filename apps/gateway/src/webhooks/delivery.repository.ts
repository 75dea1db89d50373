import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { WebhookDeliveryState } from '@dcm/contracts';
import type { Cursor } from '../resources/cursor.policy';
import type { Attempt, DeliveryEnd, DeliveryRow, DueDelivery, NotedEvent, Settled } from './delivery';

/** How much this process may take on. */
export interface Room {
  readonly leaseMs: number;
  readonly atMost: number;
  /** At one endpoint at a time; one that fails is tried with one. */
  readonly perWebhook: number;
  /** How many this process is sending now, by webhook. */
  readonly inFlight: Readonly<Record<string, number>>;
}

export interface DeliveryList {
  readonly webhookId: string;
  readonly state: WebhookDeliveryState | undefined;
  readonly limit: number;
  readonly after: Cursor | undefined;
}

const isWaiting = `d.state = 'pending' AND d.next_at <= now()`;
const isSameSubject = 'o.webhook_id = d.webhook_id AND o.noun = d.noun AND o.subject = d.subject';

/**
 * Of each subject the newest state, and only while no other one is being sent. Whoever takes a delivery has it alone for the time of the
 * lease: rows that another replica is taking are skipped.
 */
const takeSql = `
WITH due AS (
  SELECT one.id FROM gateway.webhook AS w CROSS JOIN LATERAL (
    SELECT d.id, d.next_at FROM gateway.webhook_delivery AS d
    WHERE d.webhook_id = w.id AND ${isWaiting} AND NOT EXISTS (
      SELECT FROM gateway.webhook_delivery AS o WHERE ${isSameSubject} AND o.state = 'pending' AND o.id <> d.id
        AND (o.position > d.position OR o.leased_until > now()))
    ORDER BY d.next_at
    LIMIT greatest(0, CASE WHEN w.failures > 0 THEN 1 ELSE $3 END - coalesce(($4::jsonb ->> w.id::text)::integer, 0))
    FOR UPDATE SKIP LOCKED
  ) AS one
  WHERE w.disabled_because IS NULL AND (w.rest_until IS NULL OR w.rest_until <= now())
  ORDER BY one.next_at LIMIT $2
), taken AS (
  UPDATE gateway.webhook_delivery AS d SET attempts = d.attempts + 1, leased_until = now() + $1 * interval '1 ms',
    next_at = now() + $1 * interval '1 ms' FROM due WHERE d.id = due.id
  RETURNING d.id, d.webhook_id, d.noun, d.subject, d.position, d.event, d.created_at, d.attempts
)
SELECT t.id, t.webhook_id AS "webhookId", t.noun, t.subject, t.position::float8 AS position, t.event, t.created_at AS "createdAt", t.attempts,
  w.url, w.failures, w.secret, CASE WHEN w.former_secret_until > now() THEN w.former_secret END AS "formerSecret"
FROM taken AS t JOIN gateway.webhook AS w ON w.id = t.webhook_id`;

/**
 * What came of an attempt, for the delivery and for its webhook if that still posts there, unless another took the delivery meanwhile. The
 * webhook is locked first, as by whoever deletes it.
 */
const settleSql = `
WITH hook AS (
  SELECT id, url, failing_since FROM gateway.webhook WHERE id = $3 FOR NO KEY UPDATE
), settled AS (
  UPDATE gateway.webhook_delivery AS d SET leased_until = NULL, next_at = now() + $6 * interval '1 ms', status = $7, error = $8,
    response = $9, duration_ms = $10, state = CASE WHEN $5 = 'pending' AND EXISTS (
      SELECT FROM gateway.webhook_delivery AS o WHERE ${isSameSubject} AND o.position > d.position) THEN 'superseded' ELSE $5 END
  FROM hook WHERE d.webhook_id = hook.id AND d.id = $1 AND d.attempts = $2 AND d.state = 'pending'
  RETURNING d.webhook_id, d.noun, d.subject, d.position, d.state
), superseded AS (
  UPDATE gateway.webhook_delivery AS o SET state = 'superseded' FROM settled AS d WHERE ${isSameSubject} AND o.position < d.position
    AND o.state = 'pending' AND (o.leased_until IS NULL OR o.leased_until <= now())
), judged AS (
  SELECT hook.id, $5 = 'delivered' AS is_good, CASE WHEN $11 THEN 'gone'
    WHEN $5 <> 'delivered' AND hook.failing_since < now() - $13 * interval '1 day' THEN 'failing' END AS because
  FROM hook JOIN settled ON hook.id = settled.webhook_id AND hook.url = $4
), marked AS (
  UPDATE gateway.webhook AS w SET failures = CASE WHEN j.is_good THEN 0 ELSE w.failures + 1 END,
    failing_since = CASE WHEN NOT j.is_good THEN coalesce(w.failing_since, now()) END,
    rest_until = CASE WHEN NOT j.is_good THEN greatest(w.rest_until, now() + $12 * interval '1 ms') END,
    disabled_because = coalesce(w.disabled_because, j.because)
  FROM judged AS j WHERE w.id = j.id AND (NOT j.is_good OR w.failures > 0)
  RETURNING w.id, w.tenant_id, w.url, w.description, w.events, w.disabled_because, j.because
), noted AS (
  INSERT INTO gateway.webhook_change (webhook_id, tenant_id, action, actor, url, description, events, disabled_because)
  SELECT id, tenant_id, 'disabled', 'system', url, description, events, disabled_because FROM marked
  WHERE because IS NOT NULL AND because = disabled_because
)
SELECT settled.state, judged.because AS "disabledBecause" FROM settled LEFT JOIN judged ON judged.id = settled.webhook_id`;

/** What a person asks for goes first, and at once, whatever the endpoint did before. */
const first = `'epoch'::timestamptz`;
const wakeSql = 'woken AS (UPDATE gateway.webhook SET rest_until = NULL WHERE id = $1 RETURNING id)';

const shown = `d.id, webhook_id AS "webhookId", noun, subject, position::float8 AS position, state, attempts, status, error, response,
  duration_ms AS "durationMs", greatest(next_at, created_at) AS "nextAt", created_at AS "createdAt"`;

/** What is, was and will be sent to webhooks. The clock that orders attempts is the database's. */
@Injectable()
export class DeliveryRepository {
  constructor(private readonly database: DataSource) {}

  take({ leaseMs, atMost, perWebhook, inFlight }: Room): Promise<DueDelivery[]> {
    return this.database.query<DueDelivery[]>(takeSql, [leaseMs, atMost, perWebhook, JSON.stringify(inFlight)]);
  }

  /**
   * @param failingDays after so many days of failures the webhook is disabled.
   * @returns undefined when the delivery was another's meanwhile, or is gone.
   */
  async settle(
    { id, attempts, webhookId, url }: DueDelivery,
    end: DeliveryEnd,
    { status, error, response, durationMs }: Attempt,
    failingDays: number,
  ): Promise<Settled | undefined> {
    const [settled] = await this.database.query<Settled[]>(settleSql, [
      id,
      attempts,
      webhookId,
      url,
      end.state,
      end.waitMs,
      status ?? null,
      error ?? null,
      response ?? null,
      durationMs,
      end.isGone,
      end.restMs,
      failingDays,
    ]);
    return settled;
  }

  /** Notes an event that somebody wants to be sent now. */
  async note({ id, webhookId, noun, subject, position, event }: Omit<NotedEvent, 'createdAt'>): Promise<DeliveryRow> {
    const [row] = await this.database.query<[DeliveryRow]>(
      `WITH ${wakeSql} INSERT INTO gateway.webhook_delivery AS d (webhook_id, id, noun, subject, position, event, next_at)
       VALUES ($1, $2, $3, $4, $5, $6, ${first}) RETURNING ${shown}`,
      [webhookId, id, noun, subject, position, JSON.stringify(event)],
    );
    return row;
  }

  /** Newest first. */
  list({ webhookId, state, limit, after }: DeliveryList): Promise<DeliveryRow[]> {
    return this.database.query<DeliveryRow[]>(
      `SELECT ${shown} FROM gateway.webhook_delivery AS d WHERE webhook_id = $1 AND ($2::text IS NULL OR state = $2)
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid)) ORDER BY created_at DESC, id DESC LIMIT $5`,
      [webhookId, state ?? null, after?.createdAt ?? null, after?.id ?? null, limit],
    );
  }

  /** Makes a delivery due now, with all its attempts; one that is being sent goes on. @returns undefined when there is none. */
  async again(webhookId: string, id: string): Promise<DeliveryRow | undefined> {
    const isBusy = `d.state = 'pending' AND d.leased_until > now()`;
    const [[row]] = await this.database.query<[DeliveryRow[], number]>(
      `WITH ${wakeSql} UPDATE gateway.webhook_delivery AS d SET state = 'pending', attempts = CASE WHEN ${isBusy} THEN d.attempts ELSE 0 END,
         next_at = CASE WHEN ${isBusy} THEN d.next_at ELSE ${first} END FROM woken
       WHERE webhook_id = woken.id AND d.id = $2 RETURNING ${shown}`,
      [webhookId, id],
    );
    return row;
  }

  /** How long the oldest event waits that an enabled webhook has not taken, in seconds; 0 when none waits. */
  async oldestWaitSeconds(): Promise<number> {
    const [row] = await this.database.query<{ seconds: number | null }[]>(
      `SELECT extract(epoch FROM now() - min(d.created_at))::float8 AS seconds FROM gateway.webhook_delivery AS d
       JOIN gateway.webhook AS w ON w.id = d.webhook_id WHERE d.state = 'pending' AND w.disabled_because IS NULL`,
    );
    return row?.seconds ?? 0;
  }

  /** Deletes what is older, whatever became of it. @returns how many. */
  async prune(days: number, limit: number): Promise<number> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `DELETE FROM gateway.webhook_delivery WHERE id IN (
         SELECT id FROM gateway.webhook_delivery WHERE created_at < now() - $1 * interval '1 day'
           AND (leased_until IS NULL OR leased_until <= now()) ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [days, limit],
    );
    return count;
  }

  /** Forgets what requests for webhooks were answered so many days ago. @returns how many of at most `limit`. */
  async pruneRequests(days: number, limit: number): Promise<number> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `DELETE FROM gateway.webhook_request WHERE id IN (
         SELECT id FROM gateway.webhook_request WHERE created_at < now() - $1 * interval '1 day' LIMIT $2)`,
      [days, limit],
    );
    return count;
  }
}

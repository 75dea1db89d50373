import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { cloudEventContentType, exchanges, type CreatedVm, type OperationKind } from '@dcm/contracts';
import { outboxHoldMs, type OutboxMessage, type OutboxRow } from '@dcm/messaging';
import { failpoint } from '@dcm/runtime';
import type { ResourceRow } from '../resources/resource';
import { rowColumns, rowJson, rowTypes } from '../resources/resource.columns';

/** A request to be kept, published and shown, all or nothing. */
export interface NewRequest {
  readonly operationId: string;
  /** The caller with its tenant. */
  readonly principal: string;
  readonly idempotencyKey: string | null;
  readonly payloadHash: string;
  readonly tenantId: string;
  readonly vmId: string;
  readonly kind: OperationKind;
  readonly routingKey: string;
  readonly type: string;
  /** The CloudEvent as it is published. */
  readonly message: string;
  /** What the caller is answered, now and at each repetition. */
  readonly answer: CreatedVm;
  /** What the read model shows until events say more. */
  readonly foretold: readonly ResourceRow[];
}

/** What stands under an operation's id, and whether this call put it there. */
export interface KeptRequest {
  readonly isNew: boolean;
  readonly payloadHash: string;
  readonly answer: CreatedVm;
}

/** One round trip and one commit for the whole batch: rows that are there already are left alone, and nothing is sent for them. */
const acceptSql = `
WITH input AS (
  SELECT * FROM jsonb_to_recordset($1::jsonb) AS i(n int, operation_id uuid, principal text, idempotency_key text, payload_hash text,
    tenant_id uuid, vm_id uuid, kind text, routing_key text, type text, message text, answer jsonb)
), fresh AS (
  INSERT INTO gateway.request (operation_id, principal, idempotency_key, payload_hash, tenant_id, vm_id, kind, routing_key, type, message, answer, next_send_at)
  SELECT operation_id, principal, idempotency_key, payload_hash, tenant_id, vm_id, kind, routing_key, type, message, answer,
    now() + $3::int * interval '1 millisecond'
  FROM input ORDER BY operation_id
  ON CONFLICT (operation_id) DO NOTHING RETURNING operation_id
), sent AS (
  INSERT INTO gateway.outbox (id, exchange, routing_key, type, content_type, body, visible_at)
  SELECT operation_id::text, $4, routing_key, type, $5, convert_to(message, 'UTF8'), clock_timestamp() + $6::int * interval '1 millisecond'
  FROM input JOIN fresh USING (operation_id) ORDER BY n RETURNING id, seq
), foretold AS (
  INSERT INTO gateway.resource (${rowColumns})
  SELECT ${rowColumns} FROM jsonb_to_recordset($2::jsonb) AS r(operation_id uuid, ${rowTypes}) JOIN fresh USING (operation_id)
  ORDER BY kind, id ON CONFLICT DO NOTHING
)
SELECT operation_id, seq FROM fresh JOIN sent ON sent.id = operation_id::text`;

/** Sends again what no event has confirmed; ever rarer, and not while the copy before still waits in the outbox. */
const resendSql = `
WITH due AS (
  SELECT operation_id FROM gateway.request AS r
  WHERE status = 'pending' AND next_send_at <= now() AND NOT EXISTS (SELECT FROM gateway.outbox WHERE id = r.operation_id::text)
  ORDER BY next_send_at LIMIT $2 FOR UPDATE SKIP LOCKED
), again AS (
  UPDATE gateway.request AS r
  SET sends = sends + 1, next_send_at = now() + least(power(2, least(sends, 10)), 120) * $1::int * interval '1 millisecond'
  FROM due WHERE r.operation_id = due.operation_id
  RETURNING r.operation_id, r.routing_key, r.type, r.message, r.created_at
)
INSERT INTO gateway.outbox (id, exchange, routing_key, type, content_type, body)
SELECT operation_id::text, $3, routing_key, type, $4, convert_to(message, 'UTF8') FROM again ORDER BY created_at
RETURNING id`;

interface KeptRow {
  operation_id: string;
  payload_hash: string;
  answer: CreatedVm;
}

const recordOf = (request: NewRequest, n: number): Record<string, unknown> => ({
  n,
  operation_id: request.operationId,
  principal: request.principal,
  idempotency_key: request.idempotencyKey,
  payload_hash: request.payloadHash,
  tenant_id: request.tenantId,
  vm_id: request.vmId,
  kind: request.kind,
  routing_key: request.routingKey,
  type: request.type,
  message: request.message,
  answer: request.answer,
});

/** The message as its row in the outbox says it. */
const messageOf = ({ operationId, routingKey, type, message }: NewRequest): OutboxMessage => ({
  id: operationId,
  exchange: exchanges.requests,
  routingKey,
  type,
  contentType: cloudEventContentType,
  body: Buffer.from(message),
});

/** What became of a batch. */
export interface AcceptedRequests {
  /** One per request, in order. */
  readonly kept: KeptRequest[];
  /** The rows of the new ones in the outbox: to be forwarded. */
  readonly sent: OutboxRow[];
}

/** Accepted requests: what a 202 promises. */
@Injectable()
export class RequestRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * Keeps and shows each request whose operation is new, and puts it into the outbox.
   * @param resendMs after how long each is sent again.
   */
  async accept(requests: readonly NewRequest[], resendMs: number): Promise<AcceptedRequests> {
    const foretold = requests.flatMap(({ operationId, foretold: rows }) =>
      rows.map((row) => ({ operation_id: operationId, ...rowJson(row) })),
    );
    failpoint('gateway.accept.before');
    const inserted = await this.database.query<{ operation_id: string; seq: string }[]>(acceptSql, [
      JSON.stringify(requests.map(recordOf)),
      JSON.stringify(foretold),
      resendMs,
      exchanges.requests,
      cloudEventContentType,
      outboxHoldMs,
    ]);
    failpoint('gateway.accept.committed');
    const fresh = new Map(inserted.map((row) => [row.operation_id, row.seq]));
    const old = requests.filter((request) => !fresh.has(request.operationId)).map((request) => request.operationId);
    const kept = old.length === 0 ? new Map<string, KeptRequest>() : await this.findAll(old);
    return {
      kept: requests.map(
        ({ operationId, payloadHash, answer }) => kept.get(operationId) ?? { isNew: true, payloadHash, answer },
      ),
      sent: requests.flatMap((request) => {
        const seq = fresh.get(request.operationId);
        return seq === undefined ? [] : [{ seq, attempts: 0, message: messageOf(request) }];
      }),
    };
  }

  async find(operationId: string): Promise<KeptRequest | undefined> {
    return (await this.findAll([operationId])).get(operationId);
  }

  /** @returns how many were put into the outbox. */
  async resend(resendMs: number, limit: number): Promise<number> {
    const sent = await this.database.query<unknown[]>(resendSql, [
      resendMs,
      limit,
      exchanges.requests,
      cloudEventContentType,
    ]);
    if (sent.length > 0) failpoint('gateway.resend.committed');
    return sent.length;
  }

  /** Forgets keys after their time: accepted requests older than `keepDays`. @returns how many. */
  async prune(keepDays: number, limit: number): Promise<number> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `DELETE FROM gateway.request WHERE operation_id = ANY (ARRAY(
         SELECT operation_id FROM gateway.request WHERE status = 'accepted' AND created_at < now() - $1::int * interval '1 day' LIMIT $2))`,
      [keepDays, limit],
    );
    return count;
  }

  private async findAll(operationIds: readonly string[]): Promise<Map<string, KeptRequest>> {
    const rows = await this.database.query<KeptRow[]>(
      `SELECT operation_id, payload_hash, answer FROM gateway.request WHERE operation_id = ANY ($1::uuid[])`,
      [operationIds],
    );
    return new Map(
      rows.map((row) => [row.operation_id, { isNew: false, payloadHash: row.payload_hash, answer: row.answer }]),
    );
  }
}

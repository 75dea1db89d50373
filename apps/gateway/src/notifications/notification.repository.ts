import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Approval } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import type { DueMail, LinkDecision, LinkRow, LinkSeed, MailEnd } from './link';

const bondColumns = `id, approval_id AS "approvalId", operation_id AS "operationId", tenant_id AS "tenantId", level, plan_hash AS "planHash",
  principal, email`;

const unaskedSql = `
SELECT r.doc FROM gateway.resource AS r WHERE r.kind = 'approval' AND r.state = 'pending' AND (r.doc->>'expiresAt')::timestamptz > now()
  AND NOT EXISTS (SELECT FROM gateway.asked_level AS a WHERE a.approval_id = r.id::uuid
    AND a.level = coalesce((r.doc->>'level')::integer, 0) AND a.plan_hash = r.doc->'plan'->>'hash')
ORDER BY r.created_at, r.id LIMIT $1`;

/** One statement is one transaction: of several replicas only the one that claims the level writes its mails. */
const askSql = `
WITH asked AS (
  INSERT INTO gateway.asked_level (approval_id, level, plan_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING approval_id
), written AS (
  INSERT INTO gateway.notification (id, approval_id, level, plan_hash, operation_id, tenant_id, expires_at, principal, email, nonce)
  SELECT i.id, asked.approval_id, $2, $3, $4, $5, $6, i.principal, i.email, decode(i.nonce, 'hex')
  FROM asked, jsonb_to_recordset($7::jsonb) AS i(id uuid, principal text, email text, nonce text) RETURNING id
)
SELECT (SELECT count(*) FROM asked)::integer AS claims`;

/** Whoever takes a mail has it alone for the time of the lease. */
const takeSql = `
UPDATE gateway.notification SET attempts = attempts + 1, next_at = now() + $1 * interval '1 ms'
WHERE id = (SELECT id FROM gateway.notification WHERE state = 'pending' AND next_at <= now() ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING ${bondColumns}, nonce, attempts, expires_at <= now() AS "isExpired"`;

/** Mails to approvers and the links in them. The clock that ends links is the database's. */
@Injectable()
export class NotificationRepository {
  constructor(private readonly database: DataSource) {}

  /** Documents of approvals that wait, and whose present level nobody has been told of. */
  async listUnasked(limit: number): Promise<unknown[]> {
    const rows = await this.database.query<{ doc: unknown }[]>(unaskedSql, [limit]);
    return rows.map(({ doc }) => doc);
  }

  /** @returns false when another replica was first. */
  async ask(approval: Approval, people: readonly { principal: string; email: string }[]): Promise<boolean> {
    const { id, level, operationId, tenantId, expiresAt, plan } = approval;
    const mails = people.map(({ principal, email }) => ({
      id: newId(),
      principal,
      email,
      nonce: randomBytes(32).toString('hex'),
    }));
    const values = [id, level, plan.hash, operationId, tenantId, expiresAt, JSON.stringify(mails)];
    const [row] = await this.database.query<{ claims: number }[]>(askSql, values);
    return row?.claims === 1;
  }

  async take(leaseMs: number): Promise<DueMail | undefined> {
    const [[mail]] = await this.database.query<[DueMail[], number]>(takeSql, [leaseMs]);
    return mail;
  }

  /** From now on the link can be found. */
  async setToken(id: string, tokenSha256: Buffer): Promise<void> {
    await this.database.query('UPDATE gateway.notification SET token_sha256 = $2 WHERE id = $1', [id, tokenSha256]);
  }

  /** @param waitMs for how long it rests when it stays pending. */
  async settle(id: string, end: MailEnd, waitMs = 0): Promise<void> {
    await this.database.query(
      `UPDATE gateway.notification SET state = $2, error = $3, next_at = now() + $4 * interval '1 ms',
         sent_at = CASE WHEN $2 = 'sent' THEN now() END WHERE id = $1 AND state = 'pending'`,
      [id, end.state, 'error' in end ? end.error.slice(0, 500) : null, waitMs],
    );
  }

  async findLink(tokenSha256: Buffer): Promise<LinkRow | undefined> {
    const [row] = await this.database.query<LinkRow[]>(
      `SELECT ${bondColumns}, expires_at <= now() AS "isExpired", decision, recorded_at IS NOT NULL AS "isRecorded"
       FROM gateway.notification WHERE token_sha256 = $1`,
      [tokenSha256],
    );
    return row;
  }

  /** A later question about the same operation that was sent to the same mailbox and still waits for the answer. */
  async findLater({ id, operationId, principal, email }: LinkRow): Promise<LinkSeed | undefined> {
    const [row] = await this.database.query<LinkSeed[]>(
      `SELECT n.id, n.nonce FROM gateway.notification AS n JOIN gateway.notification AS old ON old.id = $1
       WHERE n.operation_id = $2 AND n.principal = $3 AND n.email = $4 AND n.created_at > old.created_at
         AND n.decision IS NULL AND n.expires_at > now() AND n.token_sha256 IS NOT NULL
       ORDER BY n.created_at DESC LIMIT 1`,
      [id, operationId, principal, email],
    );
    return row;
  }

  /** Uses the link. @returns false when it is used for another decision, or expired meanwhile. */
  async use(id: string, decision: LinkDecision): Promise<boolean> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `UPDATE gateway.notification SET decision = $2, used_at = coalesce(used_at, now())
       WHERE id = $1 AND expires_at > now() AND (decision IS NULL OR decision = $2)`,
      [id, decision],
    );
    return count > 0;
  }

  async record(id: string): Promise<void> {
    await this.database.query(
      'UPDATE gateway.notification SET recorded_at = coalesce(recorded_at, now()) WHERE id = $1',
      [id],
    );
  }

  /** The decision was refused: the link was of no use. */
  async release(id: string): Promise<void> {
    await this.database.query(
      'UPDATE gateway.notification SET decision = NULL, used_at = NULL WHERE id = $1 AND recorded_at IS NULL',
      [id],
    );
  }

  /** Deletes mails whose links ended so long ago. @returns how many. */
  async prune(days: number, limit: number): Promise<number> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `DELETE FROM gateway.notification WHERE id IN (
         SELECT id FROM gateway.notification WHERE expires_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [days, limit],
    );
    return count;
  }

  /** Forgets who was asked so long ago, but not about what is still asked: it would be asked anew. @returns how many. */
  async pruneAsked(days: number, limit: number): Promise<number> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `DELETE FROM gateway.asked_level WHERE (approval_id, level, plan_hash) IN (
         SELECT a.approval_id, a.level, a.plan_hash FROM gateway.asked_level AS a WHERE a.asked_at < now() - $1 * interval '1 day'
           AND NOT EXISTS (SELECT FROM gateway.resource AS r WHERE r.kind = 'approval' AND r.id = a.approval_id::text AND r.state = 'pending')
         LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [days, limit],
    );
    return count;
  }
}

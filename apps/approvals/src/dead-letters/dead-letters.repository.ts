import { Injectable } from '@nestjs/common';
import type { DcmErrorBody } from '@dcm/contracts';
import type { DeadLetterFacts } from '@dcm/messaging';
import { firstRow, onlyRow, rows, type Transaction } from '../database/transaction.repository';
import type { LetterRow } from './letter.mapper';

type Manager = Pick<Transaction, 'query'>;

/** A letter to be filed. Letters of equal digest are one letter. */
export interface NewLetter extends Omit<DeadLetterFacts, 'body'> {
  readonly id: string;
  readonly digest: string;
  readonly sealedBody: Buffer;
}

const insert = `
  INSERT INTO approvals.dead_letter AS l
    (id, digest, exchange, routing_key, queue, type, message_id, content_type, publisher, reason, error, body)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
  ON CONFLICT (digest) DO UPDATE
    SET at = now(), reason = EXCLUDED.reason, error = EXCLUDED.error, replayed_at = NULL`;

/** What could not be handled, kept until somebody looks. */
@Injectable()
export class DeadLettersRepository {
  /** Files a letter; one that died before in the same way is the same letter, not replayed any more. */
  async file(manager: Manager, letter: NewLetter): Promise<void> {
    await manager.query(insert, [
      letter.id,
      letter.digest,
      letter.exchange,
      letter.routingKey,
      letter.queue,
      letter.type,
      letter.messageId,
      letter.contentType,
      letter.publisher,
      letter.reason,
      letter.error === null ? null : JSON.stringify(letter.error),
      letter.sealedBody,
    ]);
  }

  /** Newest first; those older than the letter `before`, when it is given and there. */
  list(manager: Manager, limit: number, before?: string): Promise<LetterRow[]> {
    return rows<LetterRow>(
      manager,
      `SELECT * FROM approvals.dead_letter
       WHERE $2::uuid IS NULL OR (at, id) < (SELECT at, id FROM approvals.dead_letter WHERE id = $2)
       ORDER BY at DESC, id DESC LIMIT $1`,
      [limit, before ?? null],
    );
  }

  find(manager: Manager, id: string): Promise<LetterRow | undefined> {
    return firstRow<LetterRow>(manager, 'SELECT * FROM approvals.dead_letter WHERE id = $1', [id]);
  }

  markReplayed(manager: Manager, id: string): Promise<LetterRow> {
    const sql = 'UPDATE approvals.dead_letter SET replayed_at = now() WHERE id = $1 RETURNING *';
    return onlyRow<LetterRow>(manager, sql, [id]);
  }

  /** Why it died this time. */
  async markFailed(manager: Manager, id: string, error: DcmErrorBody): Promise<void> {
    const sql = 'UPDATE approvals.dead_letter SET reason = $2, error = $3, replayed_at = NULL WHERE id = $1';
    await manager.query(sql, [id, error.code, JSON.stringify(error)]);
  }
}

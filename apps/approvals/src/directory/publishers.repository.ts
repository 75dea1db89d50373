import { Injectable } from '@nestjs/common';
import type { Publisher, TenantId } from '@dcm/contracts';
import { onlyRow, rows, type Transaction } from '../database/transaction.repository';
import { publisherOf, type PublisherRow } from './directory.mapper';

/** Writes publishers. A user that is one already violates `publisher_user`. */
@Injectable()
export class PublishersRepository {
  async insert(manager: Transaction, userId: string, tenantId: TenantId): Promise<Publisher> {
    const sql = 'INSERT INTO approvals.publisher (user_id, tenant_id) VALUES ($1, $2) RETURNING *';
    return publisherOf(await onlyRow<PublisherRow>(manager, sql, [userId, tenantId]));
  }

  /** Makes exactly these users relays. @returns those that changed. */
  async setRelays(manager: Transaction, userIds: readonly string[]): Promise<Publisher[]> {
    const appointed = await rows<PublisherRow>(
      manager,
      `INSERT INTO approvals.publisher AS p (user_id, relay) SELECT user_id, true FROM unnest($1::text[]) AS user_id
       ON CONFLICT (user_id) DO UPDATE SET relay = true, seq = p.seq + 1 WHERE NOT p.relay RETURNING *`,
      [userIds],
    );
    const dismissed = await rows<PublisherRow>(
      manager,
      `UPDATE approvals.publisher SET relay = false, seq = seq + 1 WHERE relay AND user_id <> ALL ($1) RETURNING *`,
      [userIds],
    );
    return [...appointed, ...dismissed].map(publisherOf);
  }
}

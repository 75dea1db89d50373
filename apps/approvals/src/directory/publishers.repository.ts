import { Injectable } from '@nestjs/common';
import type { Publisher, TenantId } from '@dcm/contracts';
import { firstRow, rows, type Transaction } from '../database/transaction.repository';
import { publisherOf, type PublisherRow } from './directory.mapper';

/** Writes publishers. */
@Injectable()
export class PublishersRepository {
  /** A relay may publish for a tenant too: what it signs is a requester's, what it does not sign is the tenant's. @returns undefined when the user speaks for a tenant already. */
  async register(manager: Transaction, userId: string, tenantId: TenantId): Promise<Publisher | undefined> {
    const row = await firstRow<PublisherRow>(
      manager,
      `INSERT INTO approvals.publisher AS p (user_id, tenant_id) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET tenant_id = $2, seq = p.seq + 1 WHERE p.tenant_id IS NULL RETURNING *`,
      [userId, tenantId],
    );
    return row === undefined ? undefined : publisherOf(row);
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

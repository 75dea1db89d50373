import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Looks at the database itself. */
@Injectable()
export class SystemRepository {
  constructor(private readonly database: DataSource) {}

  /** Rejects with the driver's error when the database does not answer. */
  async ping(): Promise<void> {
    await this.database.query('SELECT 1');
  }

  async outboxDepth(): Promise<number> {
    const [row] = await this.database.query<{ depth: string }[]>('SELECT count(*) AS depth FROM gateway.outbox');
    return Number(row?.depth ?? 0);
  }
}

import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { inboxMigrationSql } from '../src/outbox/inbox.repository';
import { outboxMigrationSql } from '../src/outbox/outbox.repository';

const adminUrl = (): string => process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';

async function asAdmin(statement: string): Promise<void> {
  const admin = await new DataSource({ type: 'postgres', url: adminUrl() }).initialize();
  await admin.query(statement);
  await admin.destroy();
}

/** A database of one test's own, with an outbox and an inbox in schema `room`. */
export class ThrowAwayDatabase {
  private constructor(
    readonly name: string,
    readonly dataSource: DataSource,
  ) {}

  static async create(): Promise<ThrowAwayDatabase> {
    const name = `messaging_${randomBytes(6).toString('hex')}`;
    await asAdmin(`CREATE DATABASE ${name}`);
    const url = new URL(adminUrl());
    url.pathname = `/${name}`;
    const dataSource = await new DataSource({ type: 'postgres', url: url.toString() }).initialize();
    await dataSource.query('CREATE SCHEMA room');
    for (const statement of [...outboxMigrationSql('room'), ...inboxMigrationSql('room')])
      await dataSource.query(statement);
    return new ThrowAwayDatabase(name, dataSource);
  }

  async count(table: 'outbox' | 'inbox'): Promise<number> {
    const [row] = await this.dataSource.query<{ count: number }[]>(`SELECT count(*)::int AS count FROM room.${table}`);
    return row?.count ?? 0;
  }

  async drop(): Promise<void> {
    await this.dataSource.destroy();
    await asAdmin(`DROP DATABASE ${this.name} WITH (FORCE)`);
  }
}

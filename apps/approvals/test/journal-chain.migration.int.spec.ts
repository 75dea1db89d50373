import { randomBytes } from 'node:crypto';
import { canonicalJson, createLog, openDatabase, sha256Hex } from '@dcm/runtime';
import { DataSource } from 'typeorm';
import { firstHash } from '../src/journal/journal.mapper';
import { JournalRepository } from '../src/journal/journal.repository';
import { PositionRepository } from '../src/journal/position.repository';
import { JournalVerifier } from '../src/journal/verify.repository';
import { migrations } from '../src/migrations';

const serverUrl = process.env['DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const log = createLog('test', 'silent');
const before = migrations.slice(
  0,
  migrations.findIndex(({ name }) => name === '15-journal-chain'),
);

jest.setTimeout(60_000);

describe('the journal of an earlier version', () => {
  const name = `dcm_test_${randomBytes(6).toString('hex')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const options = { url: url.href, schema: 'approvals', log };
  const onServer = async (statement: string): Promise<void> => {
    const server = await new DataSource({ type: 'postgres', url: serverUrl }).initialize();
    await server.query(statement).finally(() => server.destroy());
  };
  beforeAll(() => onServer(`CREATE DATABASE ${name}`));
  afterAll(() => onServer(`DROP DATABASE ${name} WITH (FORCE)`));

  /** Writes rows as that version did: chained as they were written, the last of them without a position yet. */
  async function writeOld(source: DataSource): Promise<void> {
    let hash = firstHash;
    for (let n = 1; n <= 3; n += 1) {
      const doc = { name: 'Zoë', z: { b: [1, null], a: 0.1 }, n };
      const at = new Date(1_700_000_000_000 + n);
      const row = {
        noun: 'tenant',
        subject: `t${n}`,
        action: 'created',
        actor: 'anna',
        seq: 1,
        traceparent: null,
        doc,
      };
      const hashed = { ...row, chain: 'system', chainSeq: n, tenantId: null, at: at.toISOString() };
      hash = sha256Hex(`${hash}|${canonicalJson(hashed)}`);
      await source.query(
        `WITH row AS (
           INSERT INTO approvals.journal (chain, chain_seq, noun, subject, action, actor, seq, at, doc, hash)
           VALUES ('system', $1, 'tenant', $2, 'created', 'anna', 1, $3, $4, $5) RETURNING id)
         INSERT INTO approvals.journal_position (journal_id, position) SELECT id, $6::bigint FROM row`,
        [n, row.subject, at, canonicalJson(doc), hash, n === 3 ? null : n],
      );
    }
    await source.query(`INSERT INTO approvals.journal_head (chain, chain_seq, hash) VALUES ('system', 3, $1)`, [hash]);
  }

  it('verifies after its migration, and goes on in the same chain', async () => {
    const old = await openDatabase({ ...options, migrations: before });
    await writeOld(old);
    await old.destroy();
    const source = await openDatabase({ ...options, migrations });
    const verify = (): Promise<unknown> => source.transaction((manager) => new JournalVerifier().verify(manager));
    expect(await verify()).toEqual([{ chain: 'system', ok: true, rows: 3 }]);
    const journal = new JournalRepository();
    await source.transaction((manager) =>
      journal.append(manager, [
        { noun: 'tenant', id: 't4', tenantId: null, action: 'created', actor: 'anna', seq: 1, doc: { name: 'new' } },
      ]),
    );
    await source.transaction((manager) => new PositionRepository().place(manager, 10));
    expect(await verify()).toEqual([{ chain: 'system', ok: true, rows: 4 }]);
    const { rows } = await journal.read(source, 0, 10);
    expect(rows.map(({ position, id }) => [position, id])).toEqual([1, 2, 3, 4].map((n) => [n, `t${n}`]));
    await source.destroy();
  });
});

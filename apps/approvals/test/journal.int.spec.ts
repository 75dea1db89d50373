import type { TenantId } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { transact } from '../src/database/transaction.repository';
import type { JournalEntry } from '../src/journal/journal.entity';
import { JournalRepository } from '../src/journal/journal.repository';
import { hashOf, type PlacedRow } from '../src/journal/journal.mapper';
import { PositionRepository } from '../src/journal/position.repository';
import { JournalVerifier, type ChainReport } from '../src/journal/verify.repository';
import { createTestDatabase, type TestDatabase } from './test-database';

const journal = new JournalRepository();
const positions = new PositionRepository();
const verifier = new JournalVerifier();

/** The system's rows are placed in the order of their ids here. */
const isRow = (n: number): string =>
  `id = (SELECT journal_id FROM approvals.journal_position WHERE chain_seq = ${n} AND chain = 'system')`;

const aChange = (fields: Partial<JournalEntry> = {}): JournalEntry => ({
  noun: 'tenant',
  id: newId(),
  tenantId: null,
  action: 'created',
  actor: 'anna',
  seq: 1,
  doc: { name: 'Zoë 漢字', share: 0.1, nested: { b: [1, null, true], a: 'x' }, absent: undefined },
  ...fields,
});

jest.setTimeout(60_000);

describe('the journal', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase(30);
  });
  afterEach(() => database.reset());
  afterAll(() => database.drop());

  const append = (...entries: JournalEntry[]): Promise<void> =>
    transact(database.source, (manager) => journal.append(manager, entries));
  const verify = (): Promise<ChainReport[]> => database.source.transaction((manager) => verifier.verify(manager));
  const place = (limit = 10_000): Promise<PlacedRow[]> =>
    database.source.transaction(async (manager) => {
      await manager.query('SELECT FROM approvals.journal_relay FOR UPDATE');
      return positions.place(manager, limit);
    });
  const allRows = (): ReturnType<JournalRepository['read']> => journal.read(database.source, 0, 10_000);

  it('gives rows back as they were told, in position order', async () => {
    const first = aChange({ doc: { name: 'first' } });
    const second = aChange({
      doc: { name: 'second' },
      seq: 7,
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    });
    await append(first);
    await append(second);
    expect(await allRows()).toEqual({ rows: [], head: 0 });
    await place();
    const { rows, head } = await allRows();
    expect(head).toBe(2);
    expect(rows.map(({ position, noun, id, seq, doc }) => ({ position, noun, id, seq, doc }))).toEqual([
      { position: 1, noun: 'tenant', id: first.id, seq: 1, doc: { name: 'first' } },
      { position: 2, noun: 'tenant', id: second.id, seq: 7, doc: { name: 'second' } },
    ]);
    expect(await journal.read(database.source, 1, 1)).toEqual({ rows: [rows[1]], head: 2 });
  });

  it('keeps a chain per tenant that verifies', async () => {
    const [red, blue] = [newId() as TenantId, newId() as TenantId];
    await append(aChange({ tenantId: red }), aChange({ tenantId: blue }), aChange(), aChange({ tenantId: red }));
    await place();
    await append(aChange({ tenantId: blue }));
    await place();
    const reports = await verify();
    expect(reports).toHaveLength(3);
    expect(reports).toEqual(
      expect.arrayContaining([
        { chain: red, ok: true, rows: 2 },
        { chain: blue, ok: true, rows: 2 },
        { chain: 'system', ok: true, rows: 1 },
      ]),
    );
  });

  it('writes nothing of a transaction that fails', async () => {
    const failing = transact(database.source, async (manager) => {
      await journal.append(manager, [aChange()]);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await append(aChange());
    await place();
    expect((await allRows()).rows).toHaveLength(1);
    expect(await verify()).toEqual([{ chain: 'system', ok: true, rows: 1 }]);
    await append(aChange());
    expect(await verify()).toEqual([{ chain: 'system', ok: true, rows: 1 }]);
  });

  it('refuses a second state with the same sequence number', async () => {
    const change = aChange();
    await append(change);
    await expect(append({ ...change, doc: { name: 'other' } })).rejects.toMatchObject({
      driverError: { constraint: 'journal_subject' },
    });
  });

  it.each([
    'UPDATE approvals.journal SET actor = $$eve$$',
    'DELETE FROM approvals.journal',
    'TRUNCATE approvals.journal CASCADE',
  ])('refuses %s', async (statement) => {
    await append(aChange());
    await expect(database.source.query(statement)).rejects.toThrow(/append-only/);
  });

  describe('whose triggers were taken away', () => {
    beforeEach(async () => {
      for (let n = 1; n <= 5; n++) await append(aChange({ doc: { n } }));
      await place();
      await database.source.query('ALTER TABLE approvals.journal DISABLE TRIGGER USER');
      await database.source.query('ALTER TABLE approvals.journal_position DROP CONSTRAINT journal_chain_place');
      await database.source.query(
        'ALTER TABLE approvals.journal_position DROP CONSTRAINT journal_position_position_key',
      );
      await database.source.query('ALTER TABLE approvals.journal ALTER COLUMN id SET GENERATED BY DEFAULT');
      expect(await verify()).toEqual([{ chain: 'system', ok: true, rows: 5 }]);
    });

    it.each([
      ['noun', `'site'`],
      ['subject', `'other'`],
      ['tenant_id', `gen_random_uuid()`],
      ['action', `'deleted'`],
      ['actor', `'eve'`],
      ['seq', '9'],
      ['at', `at + interval '1 millisecond'`],
      ['traceparent', `'00-x'`],
      ['doc', `'{"n": 33}'`],
      ['doc', `'{"n":3 }'`],
    ])('shows that %s of row 3 was edited', async (column, value) => {
      await database.source.query(`UPDATE approvals.journal SET ${column} = ${value} WHERE ${isRow(3)}`);
      expect(await verify()).toEqual([expect.objectContaining({ chain: 'system', ok: false, at: 3 })]);
    });

    it.each([
      ['hash', `repeat('a', 64)`],
      ['position', '1'],
    ])('shows that the %s beside row 3 was edited', async (column, value) => {
      await database.source.query(`UPDATE approvals.journal_position SET ${column} = ${value} WHERE chain_seq = 3`);
      expect(await verify()).toEqual([expect.objectContaining({ chain: 'system', ok: false, at: 3 })]);
    });

    it.each([
      ['a deleted row', `DELETE FROM approvals.journal WHERE ${isRow(2)}`, 2],
      ['a place that was taken away', 'DELETE FROM approvals.journal_position WHERE chain_seq = 5', 5],
      ['a tail that was cut off', 'DELETE FROM approvals.journal WHERE id > 3', 4],
      ['a chain that was emptied', 'DELETE FROM approvals.journal', 1],
      [
        'rows that changed places',
        'UPDATE approvals.journal_position SET chain_seq = 7 - chain_seq WHERE chain_seq IN (3, 4)',
        3,
      ],
      [
        'rows that changed ids',
        'UPDATE approvals.journal_position SET journal_id = CASE journal_id WHEN 2 THEN 103 ELSE 102 END WHERE journal_id IN (2, 3)',
        2,
      ],
      [
        'a row that was slipped in',
        `INSERT INTO approvals.journal (chain, noun, subject, action, actor, seq, at, doc)
         SELECT chain, noun, 'x', action, actor, seq, at, doc FROM approvals.journal WHERE ${isRow(5)}`,
        6,
      ],
      [
        'a row that was slipped in with a place',
        `WITH row AS (
           INSERT INTO approvals.journal (chain, noun, subject, action, actor, seq, at, doc)
           SELECT chain, noun, 'x', action, actor, seq, at, doc FROM approvals.journal WHERE ${isRow(5)} RETURNING id)
         INSERT INTO approvals.journal_position (journal_id, position, chain, chain_seq, hash)
         SELECT row.id, 6, chain, 6, hash FROM row, approvals.journal_position WHERE chain_seq = 5`,
        6,
      ],
      [
        'a row that was moved to another chain',
        `UPDATE approvals.journal_position SET chain = 'other', chain_seq = 1 WHERE chain_seq = 5`,
        5,
      ],
    ])('shows %s', async (_, tampering, at) => {
      await database.source.query(tampering);
      const reports = await verify();
      expect(reports).toContainEqual(expect.objectContaining({ chain: 'system', ok: false, at }));
    });

    it.each([
      ['in the middle, at the row after it', 3, 4],
      ['at the end, by the head', 5, 6],
    ])('shows a row that was rewritten with a hash to match %s', async (_, at, foundAt) => {
      const [before, row] = await positions.unpublished(database.source, at - 2, 2);
      const hash = hashOf(before!.hash, { ...row!, actor: 'eve' }, at);
      await database.source.query(`UPDATE approvals.journal SET actor = 'eve' WHERE ${isRow(at)}`);
      await database.source.query('UPDATE approvals.journal_position SET hash = $2 WHERE chain_seq = $1', [at, hash]);
      expect(await verify()).toEqual([expect.objectContaining({ chain: 'system', ok: false, at: foundAt })]);
    });
  });

  it('positions 20 concurrent writers without gaps, each chain in its own order, while a relay works', async () => {
    const tenants = Array.from({ length: 5 }, () => newId() as TenantId);
    const writing = new AbortController();
    const writers = Array.from({ length: 20 }, async (_, writer) => {
      for (let n = 0; n < 25; n++) {
        const own = aChange({ tenantId: tenants[writer % 5]!, doc: { writer, n } });
        await append(...(n % 5 === 0 ? [own, aChange({ doc: { writer, n, system: true } })] : [own]));
      }
    });
    const relays = [17, 5].map(async (limit) => {
      while (!writing.signal.aborted) await place(limit);
    });
    await Promise.all(writers);
    writing.abort();
    await Promise.all(relays);
    await place();

    const { rows, head } = await allRows();
    expect(head).toBe(20 * 25 + 20 * 5);
    expect(rows.map((row) => row.position)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
    const places = await database.source.query<{ chain: string; chain_seq: string }[]>(
      'SELECT chain, chain_seq FROM approvals.journal_position ORDER BY position',
    );
    const last = new Map<string, number>();
    for (const { chain, chain_seq: seq } of places) {
      expect(Number(seq)).toBe((last.get(chain) ?? 0) + 1);
      last.set(chain, Number(seq));
    }
    expect((await verify()).every((report) => report.ok)).toBe(true);
  });

  it('numbers a transaction that commits late after those that committed before it, and loses none', async () => {
    const late = database.source.createQueryRunner();
    await late.startTransaction();
    await journal.append(late.manager, [aChange({ tenantId: newId() as TenantId, doc: { name: 'late' } })]);
    await append(aChange({ doc: { name: 'early' } }));
    await place();
    await late.commitTransaction();
    await late.release();
    await place();
    const { rows } = await allRows();
    expect(rows.map((row) => [row.position, row.doc['name']])).toEqual([
      [1, 'early'],
      [2, 'late'],
    ]);
  });
});

import { Client } from 'pg';
import { JournalVerifier } from '../../apps/approvals/src/journal/verify.repository';
import { databaseChecks, waitsForPeople, type DatabaseCheck } from './database.checks';
import type { Expectations, Finding } from './invariant';

/** What of a VM the database says, to compare with what is there. */
export interface KnownVm {
  readonly id: string;
  readonly site: string;
  readonly lifecycle: string;
  readonly presence: string;
  readonly power: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly isBusy: boolean;
  readonly ledger: { readonly vcpus: number; readonly memoryMib: number; readonly diskGib: number } | null;
}

const knownVms = `
  SELECT v.id, v.site, v.lifecycle, v.doc ->> 'presence' AS presence, v.doc ->> 'power' AS power,
    (v.doc ->> 'cpus')::int AS cpus, (v.doc ->> 'memoryMib')::int AS "memoryMib",
    EXISTS (SELECT FROM approvals.operation o WHERE o.vm_id = v.id AND o.wake_at IS NOT NULL) AS "isBusy",
    CASE WHEN l.vm_id IS NULL THEN NULL ELSE json_build_object(
      'vcpus', l.vcpus, 'memoryMib', l.memory_mib, 'diskGib', l.disk_gib) END AS ledger
  FROM approvals.vm v LEFT JOIN approvals.ledger l ON l.vm_id = v.id`;

const settled = `
  SELECT (SELECT count(*) FROM approvals.operation o WHERE o.wake_at IS NOT NULL AND NOT ${waitsForPeople}) AS operations,
    (SELECT count(*) FROM approvals.vm WHERE NOT is_settled OR looks ->> 'settle' IS NOT NULL) AS vms,
    (SELECT count(*) FROM gateway.request WHERE status = 'pending') AS requests,
    (SELECT count(*) FROM gateway.outbox) + (SELECT count(*) FROM approvals.outbox) AS outbox,
    (SELECT count(*) FROM approvals.quota_dirty) AS quota,
    (SELECT count(*) FROM approvals.journal j LEFT JOIN approvals.journal_position p ON p.journal_id = j.id
     WHERE p.position IS NULL) AS unplaced,
    (SELECT max(position) FROM approvals.journal_position) - (SELECT published FROM approvals.journal_relay) AS unpublished`;

/** How much is still under way, by kind; all zero: everything is quiet. */
export type Motion = Readonly<Record<string, number>>;

/** The databases of gateway and approvals, read by somebody who owns neither. */
export class InvariantDatabase {
  private constructor(private readonly client: Client) {}

  static async connect(url: string): Promise<InvariantDatabase> {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined); // the query under way reports it
    await client.connect();
    return new InvariantDatabase(client);
  }

  close(): Promise<void> {
    return this.client.end();
  }

  async motion(): Promise<Motion> {
    const { rows } = await this.client.query<Record<string, string | null>>(settled);
    return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count ?? 0)]));
  }

  async installation(): Promise<string> {
    const { rows } = await this.client.query<{ id: string }>('SELECT id FROM approvals.installation');
    return rows[0]?.id ?? '';
  }

  async vms(): Promise<KnownVm[]> {
    return (await this.client.query<KnownVm>(knownVms)).rows;
  }

  async check(expected: Expectations): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const check of databaseChecks) findings.push(await this.run(check, expected));
    return [...findings, await this.charges(), await this.chains()];
  }

  private async run(check: DatabaseCheck, expected: Expectations): Promise<Finding> {
    const { invariant, title } = check;
    const counted = await this.client.query<{ count: string }>(`SELECT (${check.counted}) AS count`);
    const offenders = await this.client.query<[string]>({
      text: check.offenders,
      values: check.parameters?.(expected) ?? [],
      rowMode: 'array',
    });
    return {
      invariant,
      title,
      counted: Number(counted.rows[0]?.count),
      offenders: offenders.rows.map(([text]) => text),
    };
  }

  private async charges(): Promise<Finding> {
    const finding = {
      invariant: 'I5',
      title: 'every charge lies in one interval of its VM',
      counted: 0,
      offenders: [],
    };
    const { rows } = await this.client.query<{ is_there: boolean }>(
      `SELECT to_regclass('approvals.usage_interval') IS NOT NULL AS is_there`,
    );
    if (rows[0]?.is_there !== true) return { ...finding, skipped: 'there is no billing yet' };
    return { ...finding, offenders: ['approvals.usage_interval exists and this check does not know it'] };
  }

  /** The hash chains, recomputed by the product's own verifier. */
  private async chains(): Promise<Finding> {
    await this.client.query('BEGIN');
    try {
      const query = async <T>(sql: string, parameters?: unknown[]): Promise<T> =>
        (await this.client.query(sql, parameters)).rows as T;
      const reports = await new JournalVerifier().verify({ query });
      return {
        invariant: 'I6',
        title: 'the hash chains hold',
        counted: reports.length,
        offenders: reports.flatMap((one) => (one.ok ? [] : [`chain ${one.chain} at row ${one.at}: ${one.reason}`])),
      };
    } finally {
      await this.client.query('COMMIT');
    }
  }
}

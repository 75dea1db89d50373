import { Client } from 'pg';
import type { Judgement } from '../invariants/invariants';
import { isViolated } from '../invariants/invariant';
import type { Accepted } from './load';

/** What callers were told is accepted and approvals does not know, or that has not ended. */
export async function brokenPromises(databaseUrl: string, accepted: readonly Accepted[]): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; state: string | null }>(
      `SELECT a.id, o.state FROM unnest($1::uuid[]) AS a (id) LEFT JOIN approvals.operation o ON o.id = a.id
       WHERE o.state IS NULL OR o.state NOT IN ('succeeded', 'failed', 'rejected', 'cancelled', 'expired')`,
      [accepted.map(({ operationId }) => operationId)],
    );
    const kinds = new Map(accepted.map(({ operationId, kind }) => [operationId, kind]));
    return rows.map(({ id, state }) => `${kinds.get(id) ?? ''} ${id} was accepted and is ${state ?? 'lost'}`);
  } finally {
    await client.end();
  }
}

/** VMs whose row of the ledger approvals found wrong and put right: what looks exact now was not. */
export async function repairedOf(databaseUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ subject: string }>(
      `SELECT DISTINCT subject FROM approvals.journal WHERE noun = 'vm' AND action = 'ledger-repaired'`,
    );
    return rows.map(({ subject }) => `the ledger was wrong about ${subject}, until it was repaired`);
  } finally {
    await client.end();
  }
}

/** Everything that a judgement holds against the product, one line each. */
export function violationsOf({ findings, unsettled, settledAfterMs }: Judgement): string[] {
  const lines = findings
    .filter(isViolated)
    .flatMap(({ invariant, title, offenders }) => offenders.slice(0, 5).map((one) => `${invariant} ${title}: ${one}`));
  if (unsettled === undefined) return lines;
  return [...lines, `D1 not quiet after ${settledAfterMs} ms: ${JSON.stringify(unsettled)}`];
}

/** How operations ended, by kind and state. */
export async function endsOf(databaseUrl: string): Promise<Record<string, number>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; count: string }>(
      `SELECT kind || ' ' || state AS name, count(*) FROM approvals.operation GROUP BY 1 ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
  } finally {
    await client.end();
  }
}

/** Why operations failed, by kind and reason. */
export async function failuresOf(databaseUrl: string): Promise<Record<string, number>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; count: string }>(
      `SELECT kind || ' ' || coalesce(doc -> 'error' ->> 'reason', doc -> 'error' ->> 'code', 'without a reason') AS name, count(*)
       FROM approvals.operation WHERE state = 'failed' GROUP BY 1 ORDER BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, count }) => [name, Number(count)]));
  } finally {
    await client.end();
  }
}

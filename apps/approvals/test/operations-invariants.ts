import { operationTransitions, type OperationState } from '@dcm/contracts';

type Query = (sql: string) => Promise<unknown[]>;

/** Every state has its journal row, numbered without gaps, and the last one is the state of now. */
const untold = (noun: 'operation' | 'vm'): string => `
  SELECT s.id, s.doc ->> 'seq' AS seq, count(j.*) AS told, max(j.seq) AS last
  FROM approvals.${noun} s LEFT JOIN approvals.journal j ON j.noun = '${noun}' AND j.subject = s.id::text
  GROUP BY s.id, s.doc ->> 'seq'
  HAVING count(j.*) <> (s.doc ->> 'seq')::int OR max(j.seq) <> (s.doc ->> 'seq')::int`;

/** What has ended is left alone by the sweeper and leaves its VM alone. */
const unended = `
  SELECT id FROM approvals.operation
  WHERE (doc ->> 'done')::boolean <> (wake_at IS NULL) OR ((doc ->> 'done')::boolean AND holds_vm)`;

const leakedSecrets = `
  SELECT id FROM approvals.vm
  WHERE coalesce(spec #>> '{guest,userData}', spec #>> '{guest,adminPassword}', spec #>> '{guest,domain,password}') IS NOT NULL AND lifecycle IN ('active', 'failed', 'deleted')`;

/** The ledger holds what lives or may live, and nothing of what is proven to be gone. */
const astray = `
  SELECT v.id, v.lifecycle, l.state FROM approvals.vm v LEFT JOIN approvals.ledger l ON l.vm_id = v.id
  WHERE (v.lifecycle IN ('requested', 'provisioning', 'active') AND l.vm_id IS NULL AND NOT EXISTS (
      -- What exceeds the quota holds nothing until it is signed.
      SELECT 1 FROM approvals.operation o WHERE o.vm_id = v.id AND o.kind = 'vm.create' AND (o.state IN ('planning', 'pending_approval') OR (o.state = 'accepted' AND v.batch_id IS NOT NULL))))
     OR (v.lifecycle IN ('active', 'reconfiguring') AND l.state IS DISTINCT FROM 'used')
     OR (v.lifecycle = 'failed' AND v.is_settled AND v.doc ->> 'presence' <> 'present' AND l.vm_id IS NOT NULL)`;

/** A VM that nobody changes and nobody doubts takes what it shows. */
const unpaid = `
  SELECT v.id, l.vcpus, l.memory_mib, v.doc ->> 'cpus' AS cpus, v.doc ->> 'memoryMib' AS memory
  FROM approvals.vm v JOIN approvals.ledger l ON l.vm_id = v.id
  WHERE v.lifecycle = 'active' AND v.doubt IS NULL
    AND NOT EXISTS (SELECT 1 FROM approvals.operation o WHERE o.vm_id = v.id AND o.wake_at IS NOT NULL)
    AND (l.vcpus <> (v.doc ->> 'cpus')::int OR l.memory_mib <> (v.doc ->> 'memoryMib')::int
      OR l.snapshots <> json_array_length(v.doc -> 'snapshots')
      OR l.monthly_cost_micros <> coalesce((v.plan_price ->> 'perMonthMicros')::bigint, 0))`;

/** VMs are decided about together as long as their first is: none is left behind. */
const leftBehind = `
  SELECT v.id FROM approvals.vm v LEFT JOIN approvals.operation o ON o.id = v.batch_id
  WHERE v.batch_id IS NOT NULL AND (o.id IS NULL OR o.state NOT IN ('accepted', 'planning', 'pending_approval'))
  UNION ALL
  SELECT o.id FROM approvals.operation o JOIN approvals.vm v ON v.id = o.vm_id
  WHERE v.batch_id IS NULL AND o.state = 'accepted' AND o.waiting_kind = 'operation'`;

const statesTold = `
  SELECT subject, doc ->> 'state' AS state FROM approvals.journal WHERE noun = 'operation' ORDER BY subject, seq`;

/** What must hold at any time, whatever happened. */
export async function assertInvariants(query: Query): Promise<void> {
  for (const sql of [untold('operation'), untold('vm'), unended, leakedSecrets, astray, unpaid, leftBehind]) {
    expect(await query(sql)).toEqual([]);
  }
  const told = (await query(statesTold)) as { subject: string; state: OperationState }[];
  told.forEach(({ subject, state }, index) => {
    const before = told[index - 1];
    if (before?.subject === subject && before.state !== state) {
      expect(operationTransitions[before.state]).toContain(state);
    }
  });
}

import type { Expectations } from './invariant';

/** A check in SQL: `counted` gives one number, `offenders` one text per thing that breaks the invariant. */
export interface DatabaseCheck {
  readonly invariant: string;
  readonly title: string;
  readonly counted: string;
  readonly offenders: string;
  readonly parameters?: (expected: Expectations) => unknown[];
}

/** Of an operation `o`: approvers are asked about it, or about the first of the several that are decided with it. */
export const waitsForPeople = `(o.state = 'pending_approval' OR (o.state = 'accepted' AND EXISTS (
  SELECT FROM approvals.operation first WHERE first.id = (o.doc #>> '{batch,id}')::uuid AND first.state = 'pending_approval')))`;

const lost: readonly DatabaseCheck[] = [
  {
    invariant: 'I1',
    title: 'what the gateway accepted, approvals has',
    counted: 'SELECT count(*) FROM gateway.request',
    offenders: `SELECT r.operation_id || ' ' || r.kind || ' accepted at ' || r.created_at FROM gateway.request r
      LEFT JOIN approvals.operation o ON o.id = r.operation_id WHERE o.id IS NULL`,
  },
  {
    invariant: 'I1',
    title: 'every operation has ended or waits for a human',
    counted: 'SELECT count(*) FROM approvals.operation',
    offenders: `SELECT o.id || ' ' || o.kind || ' is ' || o.state || ', wakes at ' || coalesce(o.wake_at::text, 'never')
      FROM approvals.operation o
      WHERE o.state NOT IN ('succeeded', 'failed', 'rejected', 'cancelled', 'expired') AND NOT ${waitsForPeople}`,
  },
  {
    invariant: 'I1',
    title: 'no operation ends twice or goes on after its end',
    counted: `SELECT count(DISTINCT subject) FROM approvals.journal WHERE noun = 'operation'`,
    offenders: `SELECT subject || ' was ' || string_agg(DISTINCT doc ->> 'state', ', ') FROM approvals.journal
      WHERE noun = 'operation' GROUP BY subject
      HAVING count(DISTINCT doc ->> 'state') FILTER (WHERE (doc ->> 'done')::boolean) > 1
        OR min(seq) FILTER (WHERE (doc ->> 'done')::boolean) < max(seq) FILTER (WHERE NOT (doc ->> 'done')::boolean)`,
  },
];

/** Free of any hypervisor; what is really there is compared in `hypervisor.checks`. */
const ledger: readonly DatabaseCheck[] = [
  {
    invariant: 'I4',
    title: 'nothing is held that nobody works on',
    counted: 'SELECT count(*) FROM approvals.ledger',
    offenders: `SELECT l.vm_id || ' holds quota, its VM is ' || coalesce(v.lifecycle, 'unknown') FROM approvals.ledger l
      LEFT JOIN approvals.vm v ON v.id = l.vm_id
      WHERE l.state = 'held' AND NOT EXISTS (
        SELECT FROM approvals.operation o WHERE o.vm_id = l.vm_id AND o.wake_at IS NOT NULL)
        AND coalesce(v.is_settled, true)`,
  },
  {
    invariant: 'I4',
    title: 'used quota and VMs that exist are the same',
    counted: `SELECT count(*) FROM approvals.vm WHERE lifecycle IN ('active', 'reconfiguring')`,
    offenders: `SELECT v.id || ' is ' || v.lifecycle || ' and its ledger row is ' || coalesce(l.state, 'missing')
      FROM approvals.vm v LEFT JOIN approvals.ledger l ON l.vm_id = v.id
      WHERE (v.lifecycle IN ('active', 'reconfiguring') AND l.state IS DISTINCT FROM 'used')
         OR (v.lifecycle = 'deleted' AND l.state IS NOT NULL)`,
  },
  {
    invariant: 'I4',
    title: 'the quota that is told is the sum of the ledger',
    counted: 'SELECT count(*) FROM approvals.quota',
    offenders: `SELECT q.scope || ' ' || q.id || ' is told as ' || (t.doc ->> 'held') || ' held and ' || (t.doc ->> 'used') || ' used, not '
        || row_to_json(s)
      FROM approvals.quota q
      JOIN LATERAL (SELECT doc FROM approvals.journal WHERE noun = 'quota' AND subject = q.id::text ORDER BY seq DESC LIMIT 1) t ON true
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(vcpus) FILTER (WHERE state = 'held'), 0) AS held_vcpus,
               coalesce(sum(vcpus) FILTER (WHERE state = 'used'), 0) AS used_vcpus,
               coalesce(sum(disk_gib) FILTER (WHERE state = 'used'), 0) AS used_gib,
               coalesce(sum(vms) FILTER (WHERE state = 'held'), 0) AS held_vms,
               coalesce(sum(vms) FILTER (WHERE state = 'used'), 0) AS used_vms,
               coalesce(sum(snapshots) FILTER (WHERE state = 'used'), 0) AS used_snapshots,
               coalesce(sum(monthly_cost_micros), 0) AS cost
        FROM approvals.ledger l WHERE q.id IN (l.tenant_id, l.project_id)) s
      WHERE ((t.doc -> 'held' ->> 'vcpus')::bigint, (t.doc -> 'used' ->> 'vcpus')::bigint, (t.doc -> 'used' ->> 'diskGib')::bigint,
             (t.doc -> 'held' ->> 'vms')::bigint, (t.doc -> 'used' ->> 'vms')::bigint, (t.doc -> 'used' ->> 'snapshots')::bigint,
             (t.doc -> 'held' ->> 'monthlyCostMicros')::bigint + (t.doc -> 'used' ->> 'monthlyCostMicros')::bigint)
        IS DISTINCT FROM (s.held_vcpus, s.used_vcpus, s.used_gib, s.held_vms, s.used_vms, s.used_snapshots, s.cost)`,
  },
  {
    invariant: 'I4',
    title: 'a VM that nobody works on takes the snapshots that it shows, at the price of its plan',
    counted: `SELECT count(*) FROM approvals.ledger WHERE state = 'used'`,
    offenders: `SELECT v.id || ' shows ' || json_array_length(v.doc -> 'snapshots') || ' snapshots at ' || coalesce(v.plan_price ->> 'perMonthMicros', 'no price')
        || ', and takes ' || l.snapshots || ' at ' || l.monthly_cost_micros
      FROM approvals.ledger l JOIN approvals.vm v ON v.id = l.vm_id
      WHERE v.lifecycle = 'active' AND v.doubt IS NULL
        AND NOT EXISTS (SELECT FROM approvals.operation o WHERE o.vm_id = v.id AND o.wake_at IS NOT NULL)
        AND (l.snapshots <> json_array_length(v.doc -> 'snapshots')
          OR l.monthly_cost_micros <> coalesce((v.plan_price ->> 'perMonthMicros')::bigint, l.monthly_cost_micros))`,
  },
  {
    invariant: 'I4',
    title: 'no scope has more than its limit',
    counted: 'SELECT count(*) FROM approvals.quota',
    offenders: `SELECT q.scope || ' ' || q.id || ' has ' || row_to_json(s) || ' of ' || q.limits FROM approvals.quota q
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(vcpus), 0) AS vcpus, coalesce(sum(memory_mib), 0) AS "memoryMib",
               coalesce(sum(disk_gib), 0) AS "diskGib", coalesce(sum(vms), 0) AS vms
        FROM approvals.ledger l WHERE q.id IN (l.tenant_id, l.project_id)) s
      WHERE s.vcpus > (q.limits ->> 'vcpus')::bigint OR s."memoryMib" > (q.limits ->> 'memoryMib')::bigint
         OR s."diskGib" > (q.limits ->> 'diskGib')::bigint OR s.vms > (q.limits ->> 'vms')::bigint`,
  },
];

const newestIs = (table: string, noun: string): string => `
  SELECT '${noun} ' || t.id || ' stands at ' || (t.doc ->> 'seq') || ', its journal at ' || coalesce(j.seq::text, 'nothing')
  FROM approvals.${table} t LEFT JOIN LATERAL (
    SELECT seq, doc FROM approvals.journal WHERE noun = '${noun}' AND subject = t.id::text ORDER BY seq DESC LIMIT 1) j ON true
  WHERE j.seq IS DISTINCT FROM (t.doc ->> 'seq')::int OR j.doc::jsonb IS DISTINCT FROM t.doc::jsonb`;

const journal: readonly DatabaseCheck[] = [
  {
    invariant: 'I6',
    title: 'every state of a VM and an operation is its newest journal row',
    counted: 'SELECT (SELECT count(*) FROM approvals.vm) + (SELECT count(*) FROM approvals.operation)',
    offenders: `${newestIs('vm', 'vm')} UNION ALL ${newestIs('operation', 'operation')}`,
  },
  {
    invariant: 'I6',
    title: 'no change of a subject lacks its journal row',
    counted: 'SELECT count(*) FROM (SELECT DISTINCT noun, subject FROM approvals.journal) s',
    offenders: `SELECT noun || ' ' || subject || ' has ' || count(*) || ' rows up to ' || max(seq) FROM approvals.journal
      GROUP BY noun, subject HAVING count(*) <> max(seq) - min(seq) + 1 OR min(seq) > 1`,
  },
];

const queues: readonly DatabaseCheck[] = [
  {
    invariant: 'I7',
    title: 'nothing waits in an outbox',
    counted: 'SELECT (SELECT count(*) FROM gateway.outbox) + (SELECT count(*) FROM approvals.outbox)',
    offenders: `SELECT 'gateway ' || id || ' ' || type || ' ' || coalesce(last_outcome, '') FROM gateway.outbox
      UNION ALL SELECT 'approvals ' || id || ' ' || type || ' ' || coalesce(last_outcome, '') FROM approvals.outbox`,
  },
  {
    invariant: 'I7',
    title: 'no accepted request waits to be confirmed',
    counted: 'SELECT count(*) FROM gateway.request',
    offenders: `SELECT operation_id || ' was sent ' || sends || ' times' FROM gateway.request WHERE status = 'pending'`,
  },
  {
    invariant: 'I7',
    title: 'the journal is published without gaps',
    counted: 'SELECT count(*) FROM approvals.journal',
    offenders: `SELECT 'row ' || j.id || ' has no position' FROM approvals.journal j
        LEFT JOIN approvals.journal_position p ON p.journal_id = j.id WHERE p.position IS NULL
      UNION ALL SELECT 'published up to ' || r.published || ' of ' || m.last FROM approvals.journal_relay r,
        (SELECT coalesce(max(position), 0) AS last, count(position) AS placed FROM approvals.journal_position) m
        WHERE r.published <> m.last OR m.placed <> m.last`,
  },
  {
    invariant: 'I7',
    title: 'there are only dead letters that are expected',
    counted: 'SELECT count(*) FROM approvals.dead_letter',
    offenders: `SELECT routing_key || ' ' || reason || ' ' || coalesce(error::text, '') FROM approvals.dead_letter
      WHERE (SELECT count(*) FROM approvals.dead_letter) <> $1 ORDER BY at`,
    parameters: ({ deadLetters }) => [deadLetters],
  },
];

const walls: readonly DatabaseCheck[] = [
  {
    invariant: 'I8',
    title: 'no row of one tenant refers to another',
    counted: 'SELECT count(*) FROM approvals.vm',
    offenders: `SELECT 'vm ' || v.id FROM approvals.vm v JOIN approvals.project p ON p.id = v.project_id WHERE v.tenant_id <> p.tenant_id
      UNION ALL SELECT 'operation ' || o.id FROM approvals.operation o JOIN approvals.vm v ON v.id = o.vm_id WHERE o.tenant_id <> v.tenant_id
      UNION ALL SELECT 'approval ' || a.id FROM approvals.approval a JOIN approvals.operation o ON o.id = a.operation_id
        WHERE a.tenant_id <> o.tenant_id
      UNION ALL SELECT 'ledger ' || l.vm_id FROM approvals.ledger l JOIN approvals.vm v ON v.id = l.vm_id
        WHERE (l.tenant_id, l.project_id) <> (v.tenant_id, v.project_id)
      UNION ALL SELECT 'request ' || r.operation_id FROM gateway.request r JOIN approvals.operation o ON o.id = r.operation_id
        WHERE r.tenant_id <> o.tenant_id`,
  },
];

const readModel: readonly DatabaseCheck[] = [
  {
    invariant: 'R1',
    title: "the gateway shows each subject's newest state",
    counted: 'SELECT count(*) FROM gateway.resource',
    offenders: `WITH newest AS (
        SELECT DISTINCT ON (noun, subject) noun, subject, seq, doc FROM approvals.journal ORDER BY noun, subject, seq DESC)
      SELECT coalesce(n.noun, r.kind) || ' ' || coalesce(n.subject, r.id) || ' is at ' || coalesce(n.seq::text, 'nothing')
        || ', shown at ' || coalesce(r.seq::text, 'nothing')
      FROM newest n FULL JOIN gateway.resource r ON r.kind = n.noun AND r.id = n.subject
      WHERE n.seq IS DISTINCT FROM r.seq OR n.doc::jsonb IS DISTINCT FROM r.doc`,
  },
  {
    invariant: 'R1',
    title: 'the gateway has applied the whole journal',
    counted: 'SELECT coalesce(max(position), 0) FROM approvals.journal_position',
    offenders: `SELECT 'applied ' || applied || ' of ' || m.last FROM gateway.projection,
      (SELECT coalesce(max(position), 0) AS last FROM approvals.journal_position) m
      WHERE name = 'journal' AND applied <> int8multirange(int8range(0, m.last + 1))`,
  },
];

const deadlines: readonly DatabaseCheck[] = [
  {
    invariant: 'D1',
    title: 'no operation is past its deadline',
    counted: 'SELECT count(*) FROM approvals.operation',
    offenders: `SELECT o.id || ' ' || o.kind || ' had until ' || o.deadline_at || ', ended ' || coalesce(e.at::text, 'not yet')
      FROM approvals.operation o LEFT JOIN LATERAL (
        SELECT min(at) AS at FROM approvals.journal
        WHERE noun = 'operation' AND subject = o.id::text AND (doc ->> 'done')::boolean) e ON true
      WHERE coalesce(e.at, clock_timestamp()) > o.deadline_at + $1 * interval '1 millisecond'`,
    parameters: ({ deadlineSlackMs }) => [deadlineSlackMs],
  },
];

/** Every check that needs the databases of gateway and approvals only. */
export const databaseChecks: readonly DatabaseCheck[] = [
  ...lost,
  ...ledger,
  ...journal,
  ...queues,
  ...walls,
  ...readModel,
  ...deadlines,
];

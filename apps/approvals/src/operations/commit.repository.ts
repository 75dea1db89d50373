import { Inject, Injectable } from '@nestjs/common';
import { exchanges, type Approval } from '@dcm/contracts';
import { toMessage, type OutboxMessage } from '@dcm/messaging';
import type { Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import type { Command } from '../dispatch/command.mapper';
import { gatherLooks, type Sent } from '../dispatch/looks.mapper';
import type { Voice } from '../journal/change.service';
import type { JournalEntry } from '../journal/journal.entity';
import { LedgerRepository } from '../quota/ledger.repository';
import { quotaEntry } from '../quota/quota.repository';
import { Admission } from '../policies/admission.policy';
import type { Change, GateMove } from './change';
import { lookColumns, operationColumns, vmColumns } from './record.mapper';
import { TariffRepository } from './tariff.repository';
import type { Tariff } from './terms.entity';
import { TIMING, type Timing } from './timing';

/** Writes rows by their primary key `id`; columns that only an insert sets are left alone on an update. */
const upsert = (
  table: string,
  columns: Readonly<Record<string, string>>,
  fixed: readonly string[],
): ((parameter: number) => string) => {
  const names = Object.keys(columns);
  const types = names.map((name) => `${name} ${columns[name] ?? 'text'}`);
  const updates = names
    .filter((name) => name !== 'id' && !fixed.includes(name))
    .map((name) => `${name} = EXCLUDED.${name}`);
  return (parameter) => `INSERT INTO approvals.${table} (${names.join(', ')})
    SELECT ${names.join(', ')} FROM json_to_recordset($${parameter}::json) AS r (${types.join(', ')})
    ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')}`;
};

const writeOperations = upsert(
  'operation',
  {
    id: 'uuid',
    kind: 'text',
    tenant_id: 'uuid',
    vm_id: 'uuid',
    site: 'text',
    state: 'text',
    waiting_kind: 'text',
    attempt: 'int',
    payload_sha256: 'text',
    power: 'json',
    goal: 'json',
    traceparent: 'text',
    holds_vm: 'boolean',
    is_touched: 'boolean',
    failures: 'int',
    sends: 'int',
    stop: 'json',
    next_at: 'timestamptz',
    quiet_at: 'timestamptz',
    worker: 'text',
    lease_until: 'timestamptz',
    resume: 'text',
    deadline_at: 'timestamptz',
    wake_at: 'timestamptz',
    doc: 'json',
  },
  ['kind', 'tenant_id', 'vm_id', 'site', 'payload_sha256', 'power', 'traceparent'],
);

const writeVms = upsert(
  'vm',
  {
    id: 'uuid',
    tenant_id: 'uuid',
    project_id: 'uuid',
    site: 'text',
    name: 'text',
    lifecycle: 'text',
    instance_number: 'int',
    holds_name: 'boolean',
    is_settled: 'boolean',
    absent_at: 'timestamptz',
    quiet_at: 'timestamptz',
    doubt: 'json',
    snapshot_memory: 'json',
    native_ids: 'json',
    looks: 'json',
    look_at: 'timestamptz',
    batch_id: 'uuid',
    spec: 'json',
    plan: 'json',
    plan_price: 'json',
    planned_at: 'timestamptz',
    doc: 'json',
  },
  ['tenant_id', 'project_id', 'site', 'name'],
);

/** Looks come and go more often than all else of a VM: they are written without it. */
const writeLooks = (parameter: number): string =>
  `UPDATE approvals.vm v SET looks = r.looks, look_at = r.look_at
   FROM json_to_recordset($${parameter}::json) AS r (id uuid, looks json, look_at timestamptz) WHERE v.id = r.id`;

const writeApprovals = upsert(
  'approval',
  { id: 'uuid', operation_id: 'uuid', tenant_id: 'uuid', state: 'text', doc: 'json' },
  ['operation_id', 'tenant_id'],
);

/** The command as the outbox keeps it. `mandatory`: it waits there while the site's queue does not exist yet. */
function messageOf({ id, type, routingKey, data, traceparent }: Command): OutboxMessage {
  const trace = traceparent === null ? {} : { traceparent };
  const draft = { exchange: exchanges.provisioning, routingKey, type, source: '/dcm/approvals', id, data };
  return toMessage({ ...draft, ...trace, mandatory: true });
}

/** Stores what the policies decided, in as few statements as there are kinds of row, none of which is waited for before the commit. */
@Injectable()
export class CommitRepository {
  constructor(
    @Inject(TIMING) private readonly timing: Timing,
    private readonly directory: DirectoryRepository,
    private readonly ledger: LedgerRepository,
    private readonly tariffs: TariffRepository,
  ) {}

  async store(manager: Transaction, changes: readonly Change[], voice: Voice): Promise<void> {
    const vms = changes.flatMap((change) => (change.changedLooks === null ? (change.changedVm ?? []) : []));
    const looks = changes.flatMap((change) => change.changedLooks ?? []);
    const operations = changes.flatMap((change) => change.changedOperations);
    const approvals = changes.flatMap((change) => change.changedApprovals);
    const writing = write(manager, [
      { statement: writeVms, rows: vms.map(vmColumns) },
      { statement: writeLooks, rows: looks.map(lookColumns) },
      { statement: writeOperations, rows: operations.map((one) => operationColumns(one, this.timing)) },
      { statement: writeApprovals, rows: approvals.map(approvalColumns) },
    ]);
    voice.meanwhile(writing, ...this.moveLedger(manager, changes));
    for (const change of changes) {
      const { raised } = change;
      if (raised !== null) {
        await this.ledger.raiseLimits(manager, raised.quotas);
        voice.tell(...raised.quotas.map((quota) => quotaEntry(quota, 'limits', raised.by)));
      }
      if (change.gate !== null) await this.moveGate(manager, change.site.name, change.gate, voice);
      voice.tell(...inOrder(change.entries));
    }
    voice.send(...gatherLooks(changes.flatMap(sentBy)).map(messageOf));
  }

  /** The next instance number of a site. Locks the site's counter until the commit. */
  nextNumber(manager: Transaction, site: string): Promise<number> {
    return this.directory.nextInstanceNumber(manager, site);
  }

  /** What the plans of changes are judged by, in their order. Locks nothing. */
  tariffsOf(manager: Transaction, changes: readonly Change[]): Promise<Tariff[]> {
    return this.tariffs.tariffsOf(manager, changes);
  }

  /** Locks what changes may take quota from. Sites whose gate may move come before quota in the order of locks. */
  async lockQuota(manager: Transaction, changes: readonly Change[]): Promise<Admission> {
    if (changes.length === 0) return new Admission([]);
    const gates = changes.flatMap(({ site }) => (site.pausedUntil !== null || site.pauses > 0 ? [site.name] : []));
    for (const site of [...new Set(gates)].sort()) await this.directory.lockSite(manager, site);
    const scopes = changes.flatMap(({ vm: { doc } }) => [doc.tenantId, doc.projectId]);
    return new Admission(await this.ledger.lockAll(manager, [...new Set<string>(scopes)]));
  }

  private async moveGate(manager: Transaction, site: string, move: GateMove, voice: Voice): Promise<void> {
    if (move.kind === 'probe') {
      voice.tell(...(await this.directory.probeSite(manager, site)));
      return;
    }
    const isPause = move.kind === 'pause';
    await manager.query(
      `INSERT INTO approvals.site_gate (site, pauses, cause) VALUES ($1, CASE WHEN $2 THEN 1 ELSE 0 END, $3)
       ON CONFLICT (site) DO UPDATE SET pauses = CASE WHEN $2 THEN site_gate.pauses + 1 ELSE 0 END, cause = EXCLUDED.cause`,
      [site, isPause, isPause ? move.cause : null],
    );
    const told = isPause
      ? await this.directory.pauseSite(manager, site, move.forMs, move.reason)
      : await this.directory.resumeSite(manager, site);
    voice.tell(...told);
  }

  /** One statement for each kind of move; a VM makes at most one, and is counted beside it. */
  private moveLedger(manager: Transaction, changes: readonly Change[]): Promise<unknown>[] {
    const all = changes.flatMap((change) => (change.ledger === null ? [] : [{ ...change.ledger, vm: change.vm.doc }]));
    const uses = all.flatMap((one) => (one.kind === 'use' ? [{ vmId: one.vm.id, amounts: one.amounts }] : []));
    const corrections = all.flatMap((one) =>
      one.kind === 'correct' ? [{ vmId: one.vm.id, amounts: one.amounts }] : [],
    );
    const firsts = all.flatMap(({ vm: { id: vmId, tenantId, projectId }, ...move }) =>
      move.kind === 'hold' ? [{ vmId, tenantId, projectId, amounts: move.amounts }] : [],
    );
    const plans = all.flatMap((one) => (one.kind === 'plan' ? [{ vmId: one.vm.id, amounts: one.amounts }] : []));
    const holds = all.flatMap(({ vm: { id: vmId, tenantId, projectId }, ...move }) =>
      move.kind === 'rehold' ? [{ vmId, tenantId, projectId, amounts: move.amounts }] : [],
    );
    const releases = all.flatMap(({ kind, vm }) => (kind === 'release' ? [vm.id] : []));
    const counts = changes.flatMap((change) =>
      change.snapshotsToCount === null ? [] : [{ vmId: change.vm.doc.id, snapshots: change.snapshotsToCount }],
    );
    return [
      this.ledger.use(manager, uses),
      this.ledger.holdAll(manager, firsts),
      this.ledger.raise(manager, corrections),
      this.ledger.plan(manager, plans),
      this.ledger.rehold(manager, holds),
      this.ledger.release(manager, releases),
      this.ledger.count(manager, counts),
    ];
  }
}

const sentBy = ({ commands, scene }: Change): Sent[] =>
  commands.map((command) => ({ command, looksAtOnce: scene.site?.looksAtOnce ?? 1 }));

/** Operations last: whoever hears that one has ended has heard what became of its VM. */
const inOrder = (entries: readonly JournalEntry[]): JournalEntry[] =>
  [false, true].flatMap((last) => entries.filter(({ noun }) => (noun === 'operation') === last));

const approvalColumns = (doc: Approval): Record<string, unknown> => ({
  id: doc.id,
  operation_id: doc.operationId,
  tenant_id: doc.tenantId,
  state: doc.state,
  doc,
});

interface Writing {
  readonly statement: (parameter: number) => string;
  readonly rows: readonly Record<string, unknown>[];
}

/** All kinds of row in one round trip. */
async function write(manager: Transaction, writings: readonly Writing[]): Promise<void> {
  const due = writings.filter(({ rows }) => rows.length > 0);
  if (due.length === 0) return;
  const parts = due.map(({ statement }, index) => `written_${index} AS (${statement(index + 1)})`);
  const parameters = due.map(({ rows }) => JSON.stringify(rows));
  await manager.query(`WITH ${parts.join(', ')} SELECT 1`, parameters);
}

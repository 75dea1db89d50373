import { Inject, Injectable } from '@nestjs/common';
import type { Approval, OperationId, Policy, VmId } from '@dcm/contracts';
import { APPROVALS_CONFIG, brokerUserOf, type ApprovalsConfig } from '../approvals.config';
import { DATABASE, firstRow, rows, type Database, type Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import type { Asked } from '../requests/resubmit.policy';
import type { OperationRecord } from './operation.entity';
import {
  amountsOf,
  approvalOf,
  operationOf,
  siteGateOf,
  vmOf,
  type BesideRow,
  type OperationRow,
  type VmRow,
} from './record.mapper';
import type { Scene } from './scene';
import { TIMING, type Timing } from './timing';

type ReadOperation = OperationRow & { now: Date };
type ReadVm = VmRow & BesideRow & { policy: Policy };

/** VMs that are decided about together are read together: none of them is decided about without the others. */
const wanted = `v.id = ANY (ARRAY(
    SELECT unnest($1::uuid[]) UNION
    SELECT other.id FROM approvals.vm one JOIN approvals.vm other ON other.batch_id = one.batch_id
    WHERE one.id = ANY ($1::uuid[]) AND one.batch_id IS NOT NULL))`;

/**
 * In the same order as all. It reads nothing: of what a statement that waits for a lock joins, it would show the newest VM beside a ledger
 * as it was when it began to wait.
 */
const lockVms = `SELECT v.id FROM approvals.vm v WHERE ${wanted} ORDER BY v.id FOR NO KEY UPDATE`;

const readVms = `
  SELECT v.*, s.name AS site_name, s.platform, s.publisher, s.announced_at, s.looks_at_once, s.paused_until, p.policy,
    coalesce(g.pauses, 0) AS pauses, l.vcpus, l.memory_mib, l.disk_gib, l.vms, l.snapshots,
    l.monthly_cost_micros
  FROM approvals.vm v
  JOIN approvals.site s ON s.name = v.site
  JOIN approvals.project p ON p.id = v.project_id
  LEFT JOIN approvals.site_gate g ON g.site = v.site
  LEFT JOIN approvals.ledger l ON l.vm_id = v.id
  WHERE ${wanted}
  ORDER BY v.id`;

const readOperations = `
  SELECT o.*, clock_timestamp() AS now FROM approvals.operation o
  WHERE (o.vm_id = ANY($1) AND o.wake_at IS NOT NULL) OR o.id = ANY($2) ORDER BY o.id`;

interface SceneStatements {
  /** The first of all, if there is one. */
  readonly lock?: string;
  readonly operations: string;
}

const peeking: SceneStatements = { operations: readOperations };
const locking: SceneStatements = { lock: lockVms, operations: `${readOperations} FOR NO KEY UPDATE` };

/** What a decision is about: VMs, and operations that are wanted though they may have ended. */
export interface SceneOrder {
  readonly vmIds: readonly VmId[];
  readonly operationIds?: readonly OperationId[];
}

/** Reads what decisions need, under the locks of the VMs that they are about. */
@Injectable()
export class OperationRepository {
  private readonly ownUser: string;
  private installation: string | undefined;

  constructor(
    @Inject(APPROVALS_CONFIG) config: Pick<ApprovalsConfig, 'AMQP_URL'>,
    @Inject(TIMING) private readonly timing: Timing,
    @Inject(DATABASE) private readonly database: Database,
    private readonly directory: DirectoryRepository,
  ) {
    this.ownUser = brokerUserOf(config.AMQP_URL);
  }

  /** Locks VMs, those that are decided about together with them, and their open operations until the transaction ends. A VM that is not there has no scene. */
  lockScenes(manager: Transaction, order: SceneOrder): Promise<Scene[]> {
    return this.scenes(manager, order, locking);
  }

  /** VMs as they are now, without locking anything. */
  peekScenes(vmIds: readonly VmId[]): Promise<Scene[]> {
    return this.scenes(this.database.manager, { vmIds }, peeking);
  }

  private async scenes(
    manager: Transaction,
    { vmIds, operationIds = [] }: SceneOrder,
    statements: SceneStatements,
  ): Promise<Scene[]> {
    // In a transaction, each begins when the one before it is over: what is read is as it is under the locks.
    const [, vms, asked] = await Promise.all([
      statements.lock === undefined ? [] : rows<{ id: VmId }>(manager, statements.lock, [vmIds]),
      rows<ReadVm>(manager, readVms, [vmIds]),
      rows<ReadOperation>(manager, statements.operations, [vmIds, operationIds]),
    ]);
    const found = [...asked, ...(await this.members(manager, vms, vmIds, statements))];
    const operations = found.map(operationOf);
    const approvals = await this.approvalsOf(manager, operations);
    const now = found[0]?.now ?? (await this.clock(manager));
    const installation = await this.installationId(manager);
    return vms.map((row) => ({
      now,
      timing: this.timing,
      installation,
      vm: vmOf(row),
      site: siteGateOf(row, this.ownUser),
      operations: operations.filter((operation) => operation.doc.vmId === row.doc.id),
      approvals: approvals.filter((approval) => approval.vmId === row.doc.id),
      policy: row.policy,
      amounts: amountsOf(row),
    }));
  }

  /** The open operations of VMs that nobody named: they are decided about together with those that were. */
  private async members(
    manager: Transaction,
    vms: readonly ReadVm[],
    named: readonly VmId[],
    statements: SceneStatements,
  ): Promise<ReadOperation[]> {
    const members = vms.map((row) => row.doc.id).filter((id) => !named.includes(id));
    return members.length === 0 ? [] : rows<ReadOperation>(manager, statements.operations, [members, []]);
  }

  /** A scene without a VM, for what is refused at once. */
  async emptyScene(manager: Transaction): Promise<Scene> {
    const now = await this.clock(manager);
    const installation = await this.installationId(manager);
    const nothing = { vm: null, site: null, operations: [], approvals: [], policy: null, amounts: null };
    return { now, timing: this.timing, installation, ...nothing };
  }

  /** An operation as it is now, without locking anything, and the database's clock. */
  async peek(id: OperationId): Promise<{ readonly operation: OperationRecord; readonly now: Date } | undefined> {
    const sql = 'SELECT *, clock_timestamp() AS now FROM approvals.operation WHERE id = $1';
    const row = await firstRow<OperationRow & { now: Date }>(this.database.manager, sql, [id]);
    return row && { operation: operationOf(row), now: row.now };
  }

  /** What an operation was asked for with. @returns undefined: that was not kept. */
  asked(id: OperationId): Promise<Asked | undefined> {
    const sql = 'SELECT data, secrets FROM approvals.request WHERE operation_id = $1';
    return firstRow<Asked>(this.database.manager, sql, [id]);
  }

  /** As `peek`, without the clock. */
  async find(id: OperationId): Promise<OperationRecord | undefined> {
    return (await this.peek(id))?.operation;
  }

  /** The VMs of those operations that are known and have one. */
  async vmIdsOf(ids: readonly OperationId[]): Promise<Map<OperationId, VmId>> {
    const sql = 'SELECT id, vm_id FROM approvals.operation WHERE id = ANY($1) AND vm_id IS NOT NULL';
    const found = await rows<{ id: OperationId; vm_id: VmId }>(this.database.manager, sql, [ids]);
    return new Map(found.map((row) => [row.id, row.vm_id]));
  }

  async findApproval(id: string): Promise<Approval | undefined> {
    const sql = 'SELECT doc FROM approvals.approval WHERE id = $1';
    const found = await firstRow<{ doc: Approval }>(this.database.manager, sql, [id]);
    return found && approvalOf(found.doc);
  }

  /** The broker user whose facts are believed for a site; undefined for a site that is not registered. */
  siteFactsPublisher(site: string): Promise<string | undefined> {
    return this.directory.siteFactsPublisher(this.database.manager, site);
  }

  private async approvalsOf(manager: Transaction, operations: readonly OperationRecord[]): Promise<Approval[]> {
    const ids = operations.flatMap(({ doc }) => (doc.approvalId === null ? [] : [doc.approvalId]));
    if (ids.length === 0) return [];
    const sql = 'SELECT doc FROM approvals.approval WHERE id = ANY($1)';
    return (await rows<{ doc: Approval }>(manager, sql, [ids])).map((row) => approvalOf(row.doc));
  }

  /** Made once, with the database. */
  private async installationId(manager: Transaction): Promise<string> {
    this.installation ??= await this.directory.installationId(manager);
    return this.installation;
  }

  private async clock(manager: Transaction): Promise<Date> {
    return (await firstRow<{ now: Date }>(manager, 'SELECT clock_timestamp() AS now'))?.now ?? new Date();
  }
}

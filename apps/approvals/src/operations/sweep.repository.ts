import { Inject, Injectable } from '@nestjs/common';
import type { OperationId, VmId } from '@dcm/contracts';
import { DATABASE, firstRow, rows, type Database, type Transaction } from '../database/transaction.repository';

/** An operation whose time has come. */
export interface Due {
  readonly operationId: OperationId;
  readonly vmId: VmId;
}

interface DueRow {
  id: OperationId;
  vm_id: VmId;
}

const dueOf = (row: DueRow): Due => ({ operationId: row.id, vmId: row.vm_id });

/**
 * Finds what waited long enough. Several sweepers pass each other's rows over. The clock is volatile: no index can look for what is before it,
 * unless it stands in a query of its own, which is asked once.
 */
@Injectable()
export class SweepRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** Whether there is anything to lock: one look instead of a transaction per kind of work. */
  async isAnythingDue(): Promise<boolean> {
    const row = await firstRow<{ due: boolean }>(
      this.database.manager,
      `SELECT (SELECT min(wake_at) FROM approvals.operation) <= clock_timestamp()
         OR (SELECT min(look_at) FROM approvals.vm) <= clock_timestamp()
         OR EXISTS (SELECT 1 FROM approvals.site s CROSS JOIN LATERAL (
              SELECT 1 FROM approvals.operation o WHERE o.site = s.name AND o.state = 'accepted'
                AND o.waiting_kind IS DISTINCT FROM 'operation' LIMIT 1) o
            WHERE s.announced_at IS NOT NULL) AS due`,
    );
    return row?.due === true;
  }

  /** Locks the VMs of operations whose wait is over, the longest overdue first; but for those that are decided about together. */
  async dueOperations(manager: Transaction, limit: number): Promise<Due[]> {
    const found = await rows<DueRow>(
      manager,
      `SELECT o.id, o.vm_id FROM approvals.operation o JOIN approvals.vm v ON v.id = o.vm_id
       WHERE o.wake_at <= (SELECT clock_timestamp()) AND v.batch_id IS NULL
       ORDER BY o.wake_at LIMIT $1 FOR NO KEY UPDATE OF v SKIP LOCKED`,
      [limit],
    );
    return found.map(dueOf);
  }

  /**
   * As `dueOperations` and `plannableOperations`, of VMs that are decided about together. Locks nothing: they are locked together and in order
   * afterwards, so somebody else may have been quicker.
   */
  async dueInBatches(manager: Transaction, limit: number): Promise<Due[]> {
    const found = await rows<DueRow>(
      manager,
      `SELECT o.id, o.vm_id FROM approvals.vm v
       JOIN approvals.operation o ON o.vm_id = v.id AND o.wake_at IS NOT NULL
       JOIN approvals.site s ON s.name = v.site
       WHERE v.batch_id IS NOT NULL AND (o.wake_at <= (SELECT clock_timestamp())
         OR (o.id = v.batch_id AND o.state = 'accepted' AND s.announced_at IS NOT NULL))
       ORDER BY o.wake_at LIMIT $1`,
      [limit],
    );
    return found.map(dueOf);
  }

  /** Locks the VMs of operations whose site has announced itself since they were accepted. */
  async plannableOperations(manager: Transaction, limit: number): Promise<Due[]> {
    const found = await rows<DueRow>(
      manager,
      `SELECT o.id, o.vm_id FROM approvals.operation o
       JOIN approvals.site s ON s.name = o.site AND s.announced_at IS NOT NULL
       JOIN approvals.vm v ON v.id = o.vm_id
       WHERE o.state = 'accepted' AND v.batch_id IS NULL LIMIT $1 FOR NO KEY UPDATE OF v SKIP LOCKED`,
      [limit],
    );
    return found.map(dueOf);
  }

  /** Locks VMs that are to be looked at. */
  async dueLooks(manager: Transaction, limit: number): Promise<{ readonly vmId: VmId }[]> {
    const found = await rows<{ id: VmId }>(
      manager,
      `SELECT id FROM approvals.vm WHERE look_at <= (SELECT clock_timestamp())
       ORDER BY look_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED`,
      [limit],
    );
    return found.map((row) => ({ vmId: row.id }));
  }

  /** Leaves VMs alone for a minute, with whatever of theirs is due. */
  async postpone(manager: Transaction, vmIds: readonly VmId[]): Promise<void> {
    if (vmIds.length === 0) return;
    await manager.query(
      `WITH later AS (
         UPDATE approvals.operation SET wake_at = clock_timestamp() + interval '1 minute'
         WHERE vm_id = ANY($1) AND wake_at <= clock_timestamp())
       UPDATE approvals.vm SET look_at = clock_timestamp() + interval '1 minute'
       WHERE id = ANY($1) AND look_at <= clock_timestamp()`,
      [vmIds],
    );
  }
}

import { Injectable } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { rows, type Transaction } from '../database/transaction.repository';

/** Before every id. */
export const noVm = '00000000-0000-0000-0000-000000000000' as VmId;

const atRest = `v.is_settled AND v.doubt IS NULL
  AND NOT EXISTS (SELECT FROM approvals.operation o WHERE o.vm_id = v.id AND o.wake_at IS NOT NULL)`;

/** Of a VM that is there: it takes what it shows, at the price of its plan. */
const differs = `v.lifecycle = 'active' AND (l.state IS DISTINCT FROM 'used'
  OR l.vcpus <> (v.doc ->> 'cpus')::bigint OR l.memory_mib <> (v.doc ->> 'memoryMib')::bigint OR l.vms <> 1
  OR l.snapshots <> json_array_length(v.doc -> 'snapshots')
  OR l.monthly_cost_micros <> (v.plan_price ->> 'perMonthMicros')::bigint)`;

/** Of one that is not. */
const isLeft = `l.vm_id IS NOT NULL
  AND (v.lifecycle = 'deleted' OR v.lifecycle = 'failed' AND v.doc ->> 'presence' = 'unknown')`;

@Injectable()
export class LedgerCheckRepository {
  /** Locks the next VMs, by id, whose row looks wrong; whether it is, a read under the lock says. Those that somebody holds are passed over. */
  async suspects(manager: Transaction, after: VmId, limit: number): Promise<VmId[]> {
    const found = await rows<{ id: VmId }>(
      manager,
      `SELECT v.id FROM approvals.vm v LEFT JOIN approvals.ledger l ON l.vm_id = v.id
       WHERE v.id > $1 AND (${differs} OR ${isLeft}) AND ${atRest}
       ORDER BY v.id LIMIT $2 FOR NO KEY UPDATE OF v SKIP LOCKED`,
      [after, limit],
    );
    return found.map((row) => row.id);
  }

  /** Of VMs that are locked those whose row says that they were seen. */
  async used(manager: Transaction, vmIds: readonly VmId[]): Promise<ReadonlySet<VmId>> {
    const statement = `SELECT vm_id FROM approvals.ledger WHERE vm_id = ANY($1) AND state = 'used'`;
    const found = await rows<{ vm_id: VmId }>(manager, statement, [vmIds]);
    return new Set(found.map((row) => row.vm_id));
  }
}

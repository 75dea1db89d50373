import { Injectable } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { onlyRow, rows, type Transaction } from '../database/transaction.repository';
import type { Finding } from './finding.entity';

interface FindingRow {
  vm_id: VmId;
  kind: Finding['kind'];
}

/** Findings wait here until they were decided about. */
@Injectable()
export class FindingsRepository {
  /** Takes up to `limit` findings away; those that somebody else decides about are passed over. */
  async take(manager: Transaction, limit: number): Promise<Finding[]> {
    const taken = await rows<FindingRow>(
      manager,
      `DELETE FROM approvals.finding WHERE vm_id IN (
         SELECT vm_id FROM approvals.finding ORDER BY vm_id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING vm_id, kind`,
      [limit],
    );
    return taken.map((row) => ({ vmId: row.vm_id, kind: row.kind }));
  }

  /**
   * Finds the present VMs of sites that are silent or paused and were not scanned for `afterMs`; one that is younger than that was perhaps never scanned yet.
   * @returns how many.
   */
  async findUnreachable(manager: Transaction, afterMs: number): Promise<number> {
    const { found } = await onlyRow<{ found: number }>(
      manager,
      `WITH away AS (
         SELECT s.name FROM approvals.site s WHERE (s.silent OR s.paused_until IS NOT NULL)
           AND s.created_at < now() - $1 * interval '1 millisecond' AND NOT EXISTS (
             SELECT 1 FROM approvals.scan c
             WHERE c.site = s.name AND c.completed_at > now() - $1 * interval '1 millisecond')),
       found AS (
         INSERT INTO approvals.finding (vm_id, kind)
         SELECT v.id, 'unreachable' FROM approvals.vm v JOIN away ON away.name = v.site
         WHERE v.lifecycle = 'active' AND v.presence = 'present' ORDER BY v.id
         ON CONFLICT (vm_id) DO NOTHING RETURNING vm_id)
       SELECT count(*)::int AS found FROM found`,
      [afterMs],
    );
    return found;
  }
}

import { Injectable } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { rows, type Transaction } from '../database/transaction.repository';

/** A VM that is to be read again, and when. */
export interface NoticedVm {
  readonly vmId: VmId;
  readonly lookAt: Date;
}

/** What platforms told of their own accord. */
@Injectable()
export class NoticesRepository {
  /**
   * Takes note of changes of a site's active VMs, and locks those that are to be read for it, in order. A VM is read at most once in
   * `gapMs`, the last change included: one that changed again meanwhile is read at the end of the gap. While an operation is at work
   * on a VM its end tells more.
   */
  async take(manager: Transaction, site: string, nativeIds: readonly string[], gapMs: number): Promise<NoticedVm[]> {
    const noticed = await rows<{ id: VmId; noticed_at: Date }>(
      manager,
      `WITH known AS (
         SELECT v.id FROM approvals.vm v
         WHERE v.site = $1 AND v.native_id = ANY($2) AND v.lifecycle = 'active' AND coalesce(v.noticed_at <= now(), true)
           AND NOT EXISTS (SELECT 1 FROM approvals.operation o
             WHERE o.vm_id = v.id AND o.wake_at IS NOT NULL AND (o.holds_vm OR o.kind <> 'vm.delete'))
         ORDER BY v.id FOR NO KEY UPDATE)
       UPDATE approvals.vm v SET noticed_at = greatest(now(), v.noticed_at + $3 * interval '1 millisecond')
       FROM known WHERE known.id = v.id RETURNING v.id, v.noticed_at`,
      [site, nativeIds, gapMs],
    );
    return noticed.map((row) => ({ vmId: row.id, lookAt: row.noticed_at }));
  }
}

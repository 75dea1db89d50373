import { Injectable } from '@nestjs/common';
import { onlyRow, type Transaction } from '../database/transaction.repository';
import type { CompleteScan } from '../directory/scans.repository';
import type { ScanTally } from './scan-verdict.policy';

/**
 * What of a site DCM believes active, and what of it a scan shows: a VM by its mark, whoever moved, renamed or registered it anew;
 * one that bears no mark by its id and name. VMs that an operation is or was at work on since the scan began are `busy`: of them
 * it says nothing. $1 scan, $2 site, $3 when the scan began.
 */
const sight = `
  own AS MATERIALIZED (SELECT id::text AS installation FROM approvals.installation),
  known AS MATERIALIZED (
    SELECT id, tenant_id, project_id, presence, power, native_id FROM approvals.vm
    WHERE site = $2 AND lifecycle = 'active'),
  shown AS MATERIALIZED (
    SELECT native_id, name, power, ownership IS NULL AS is_unmarked,
      ownership ->> 'installation' = (SELECT installation FROM own) AS is_ours, ownership ->> 'tenant' AS tenant, ownership ->> 'project' AS project, ownership ->> 'instance' AS instance
    FROM approvals.discovered WHERE scan_id = $1),
  marked AS MATERIALIZED (
    SELECT DISTINCT ON (k.id) k.id, s.power, s.native_id FROM shown s JOIN known k ON k.id::text = s.instance
    WHERE s.is_ours AND s.tenant = k.tenant_id::text AND s.project = k.project_id::text
    ORDER BY k.id, s.native_id = k.native_id DESC),
  busy AS MATERIALIZED (
    SELECT vm_id AS id FROM approvals.operation WHERE site = $2 AND wake_at IS NOT NULL AND vm_id IS NOT NULL AND (holds_vm OR kind <> 'vm.delete')
    UNION
    SELECT vm_id FROM approvals.operation
    WHERE site = $2 AND wake_at IS NULL AND vm_id IS NOT NULL AND doc ->> 'updatedAt' >= $3)`;

/** One that is seen counts from nought again, and so does one that is busy: "in a row" means without a break. */
const remember = `
  WITH ${sight},
  unseen AS MATERIALIZED (
    SELECT k.id, k.presence FROM known k
    WHERE NOT EXISTS (SELECT 1 FROM marked m WHERE m.id = k.id) AND NOT EXISTS (SELECT 1 FROM busy b WHERE b.id = k.id)),
  unmarked AS MATERIALIZED (
    SELECT DISTINCT u.id FROM unseen u JOIN approvals.vm v ON v.id = u.id
    JOIN shown s ON s.is_unmarked AND s.native_id = v.native_id AND s.name = v.doc ->> 'platformName'),
  seen AS (
    UPDATE approvals.unseen SET scans = 0, is_unmarked = false
    WHERE site = $2 AND NOT EXISTS (SELECT 1 FROM unseen u WHERE u.id = vm_id)),
  counted AS (
    INSERT INTO approvals.unseen AS old (vm_id, site, scans, is_unmarked)
    SELECT u.id, $2, CASE WHEN m.id IS NULL THEN 1 ELSE 0 END, m.id IS NOT NULL
    FROM unseen u LEFT JOIN unmarked m ON m.id = u.id
    ON CONFLICT (vm_id) DO UPDATE SET is_unmarked = EXCLUDED.is_unmarked,
      scans = CASE WHEN EXCLUDED.is_unmarked THEN 0 ELSE old.scans + 1 END
    RETURNING vm_id, scans, is_unmarked)
  SELECT
    (SELECT count(*)::int FROM shown) AS vms,
    (SELECT count(*)::int FROM shown WHERE is_ours) AS ours,
    (SELECT count(*)::int FROM known WHERE presence <> 'missing') AS believed,
    (SELECT count(*)::int FROM counted WHERE NOT is_unmarked) AS missing,
    (SELECT count(*)::int FROM counted c JOIN known k ON k.id = c.vm_id
     WHERE NOT is_unmarked AND k.presence <> 'missing' AND c.scans < $4) AS vanished,
    (SELECT count(*)::int FROM counted c JOIN known k ON k.id = c.vm_id
     WHERE NOT is_unmarked AND k.presence <> 'missing' AND c.scans >= $4) AS accepted`;

/** What is to be decided about, one finding per VM, the latest. $4: how many scans in a row must not have shown a VM. */
const conclude = `
  WITH ${sight},
  found AS (
    SELECT k.id, CASE
      WHEN m.id IS NULL AND u.is_unmarked THEN 'unmarked'
      WHEN m.id IS NULL AND u.scans >= $4 AND k.presence <> 'missing' THEN 'unseen'
      WHEN m.id IS NULL THEN NULL
      WHEN m.native_id <> k.native_id OR (m.power <> k.power AND m.power <> 'unknown') THEN 'changed'
      WHEN k.presence <> 'present' OR u.vm_id IS NOT NULL THEN 'seen' END AS kind
    FROM known k LEFT JOIN marked m ON m.id = k.id LEFT JOIN approvals.unseen u ON u.vm_id = k.id
    WHERE NOT EXISTS (SELECT 1 FROM busy b WHERE b.id = k.id)),
  told AS (
    INSERT INTO approvals.finding (vm_id, kind) SELECT id, kind FROM found WHERE kind IS NOT NULL ORDER BY id
    ON CONFLICT (vm_id) DO UPDATE SET kind = EXCLUDED.kind, at = now() RETURNING vm_id)
  SELECT count(*)::int AS findings FROM told`;

/** Compares a complete scan with what DCM believes, in as many statements for ten thousand VMs as for one. */
@Injectable()
export class SightingsRepository {
  /** Counts for each VM how many complete scans in a row did not show it; call it once per scan, in order. */
  async remember(
    manager: Transaction,
    { id, site, startedAt }: CompleteScan,
    acceptedAfter: number,
  ): Promise<ScanTally> {
    return onlyRow<ScanTally>(manager, remember, [id, site, startedAt.toISOString(), acceptedAfter]);
  }

  /** Writes down what follows from the scan that was remembered last, and forgets the VMs that it showed. @returns how many findings. */
  async conclude(manager: Transaction, { id, site, startedAt }: CompleteScan, unseenScans: number): Promise<number> {
    const parameters = [id, site, startedAt.toISOString(), unseenScans];
    const { findings } = await onlyRow<{ findings: number }>(manager, conclude, parameters);
    await manager.query('DELETE FROM approvals.unseen WHERE site = $1 AND scans = 0 AND NOT is_unmarked', [site]);
    return findings;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import {
  governedKinds,
  type Approval,
  type Operation,
  type Policy,
  type ProjectId,
  type TenantId,
  type Vm,
  type VmId,
  type VmSpec,
} from '@dcm/contracts';
import { DATABASE, onlyRow, rows, type Database } from '../database/transaction.repository';
import { systemRequester } from '../operations/ending.policy';
import type { Goal } from '../operations/goal.entity';
import type { PastRequest } from './past.entity';

interface PastRow {
  operation: Operation;
  goal: Goal | null;
  vm: Vm;
  spec: VmSpec | null;
  approval: Approval | null;
  policy: Policy;
  project_name: string;
  tenant_name: string;
}

/** How far back the tenant's journal is read. */
const mostRows = 20_000;

/** The tenant's chain in the journal is the one list of its requests that is in order and has an index; before it stands what has no place yet. */
const readPast = `
  WITH recent AS (
    SELECT j.id, j.noun, j.seq, j.subject FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
    WHERE p.position IS NULL AND j.chain = $1::text
    UNION ALL (
    SELECT j.id, j.noun, j.seq, j.subject FROM approvals.journal_position p JOIN approvals.journal j ON j.id = p.journal_id
    WHERE p.chain = $1::text ORDER BY p.chain_seq DESC LIMIT $5))
  SELECT o.doc AS operation, o.goal, v.doc AS vm, v.spec, a.doc AS approval, p.policy, p.name AS project_name, t.name AS tenant_name
  FROM recent r
  JOIN approvals.operation o ON o.id = r.subject::uuid
  JOIN approvals.vm v ON v.id = o.vm_id
  JOIN approvals.project p ON p.id = v.project_id
  JOIN approvals.tenant t ON t.id = p.tenant_id
  LEFT JOIN approvals.approval a ON a.id = (o.doc ->> 'approvalId')::uuid
  WHERE r.noun = 'operation' AND r.seq = 1 AND o.tenant_id = $1::uuid AND v.tenant_id = o.tenant_id AND o.kind = ANY ($2)
    AND ($3::uuid IS NULL OR p.id = $3)
    AND coalesce(o.doc #>> '{batch,index}', '1') = '1'
    AND (o.kind <> 'vm.resize' OR (o.goal -> 'resize') IS NOT NULL)
    AND (o.kind <> 'vm.delete' OR o.doc ->> 'requester' <> $6)
  ORDER BY r.id DESC LIMIT $4`;

const pastOf = (row: PastRow): PastRequest => ({
  operation: row.operation,
  goal: row.goal,
  vm: row.vm,
  spec: row.spec,
  approval: row.approval,
  thresholds: row.policy,
  project: { id: row.vm.projectId, name: row.project_name },
  tenant: { id: row.vm.tenantId, name: row.tenant_name },
});

/** Reads what was asked for, to try rules on it. */
@Injectable()
export class TrialsRepository {
  constructor(@Inject(DATABASE) private readonly database: Database) {}

  /** The tenant's latest requests that rules decide about, newest first. What DCM deletes by itself is not among them: no rule is asked about it. */
  async latest(tenantId: TenantId, projectId: ProjectId | null, limit: number): Promise<PastRequest[]> {
    const values = [tenantId, [...governedKinds], projectId, limit, mostRows, systemRequester];
    return (await rows<PastRow>(this.database.manager, readPast, values)).map(pastOf);
  }

  /** A VM that there is or was, of whichever tenant. */
  async findVm(id: VmId): Promise<Vm | undefined> {
    const [found] = await rows<{ doc: Vm }>(this.database.manager, 'SELECT doc FROM approvals.vm WHERE id = $1', [id]);
    return found?.doc;
  }

  /** The database's clock. */
  async clock(): Promise<Date> {
    return (await onlyRow<{ now: Date }>(this.database.manager, 'SELECT clock_timestamp() AS now')).now;
  }

  get manager(): Database['manager'] {
    return this.database.manager;
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { noAmount, quotaDimensions, type AdminActor, type Quota, type ResourceAmount, type VmId } from '@dcm/contracts';
import { DATABASE, rows, type Database, type Transaction } from '../../src/database/transaction.repository';
import { CallsService } from '../../src/operations/calls.service';
import type { Change } from '../../src/operations/change';
import { CommitRepository } from '../../src/operations/commit.repository';
import { OperationRepository } from '../../src/operations/operation.repository';
import { LedgerRepository, type Hold } from '../../src/quota/ledger.repository';
import { DecisionsService } from '../../src/requests/decisions.service';
import type { Plant } from './room';

/** What is in use is counted up and down beside the ledger; a count knows nothing of a rollback. */
@Injectable()
class CountingLedger extends LedgerRepository {
  private readonly counts = new Map<string, ResourceAmount>();

  override async holdAll(manager: Transaction, holds: readonly Hold[]): Promise<void> {
    for (const { tenantId, projectId, amounts } of holds) this.tally([tenantId, projectId], amounts, 1);
    await super.holdAll(manager, holds);
  }

  override async release(manager: Transaction, vmIds: readonly VmId[]): Promise<number> {
    const found = await rows<{ tenant_id: string; project_id: string; vcpus: string; disk_gib: string; vms: string }>(
      manager,
      'SELECT * FROM approvals.ledger WHERE vm_id = ANY($1)',
      [vmIds],
    );
    for (const row of found) {
      const amounts = { vcpus: Number(row.vcpus), diskGib: Number(row.disk_gib), vms: Number(row.vms) };
      this.tally([row.tenant_id, row.project_id], { ...noAmount, ...amounts }, -1);
    }
    return super.release(manager, vmIds);
  }

  override async lockLimited(manager: Transaction, ids: readonly string[]): Promise<Quota[]> {
    return (await super.lockLimited(manager, ids)).map((quota) => this.asCounted(quota));
  }

  override async lockAll(manager: Transaction, ids: readonly string[]): Promise<Quota[]> {
    return (await super.lockAll(manager, ids)).map((quota) => this.asCounted(quota));
  }

  private asCounted(quota: Quota): Quota {
    return { ...quota, held: this.counts.get(quota.id) ?? noAmount, used: noAmount };
  }

  private tally(ids: readonly string[], amounts: ResourceAmount, sign: 1 | -1): void {
    for (const id of ids) {
      const counted = { ...(this.counts.get(id) ?? noAmount) };
      for (const dimension of quotaDimensions) counted[dimension] += sign * amounts[dimension];
      this.counts.set(id, counted);
    }
  }
}

/** What is given back stays given back, whatever becomes of the transaction that proved it. */
@Injectable()
class HastyLedger extends LedgerRepository {
  @Inject(DATABASE) private readonly database!: Database;

  override release(_manager: Transaction, vmIds: readonly VmId[]): Promise<number> {
    return super.release(this.database.manager, vmIds);
  }
}

/** Whoever decides decides about whatever is asked now. */
@Injectable()
class BlindCalls extends CallsService {
  @Inject(OperationRepository) private readonly known!: OperationRepository;

  override async decide(
    input: Parameters<CallsService['decide']>[0],
    actor: AdminActor,
  ): ReturnType<CallsService['decide']> {
    const planHash = (await this.known.findApproval(input.approvalId))?.plan.hash ?? input.planHash;
    return super.decide({ ...input, planHash }, actor);
  }
}

/** A create that failed is given back at once, though nobody knows what it left. */
@Injectable()
class TrustingCommits extends CommitRepository {
  override store(...[manager, changes, voice]: Parameters<CommitRepository['store']>): Promise<void> {
    for (const change of changes) {
      const vm = change.changedVm;
      if (vm?.doc.lifecycle === 'failed' && !vm.isSettled) change.ledger = { kind: 'release' };
    }
    return super.store(manager, changes, voice);
  }
}

/** A request does not look whether another works on the VM. */
@Injectable()
class CarelessDecisions extends DecisionsService {
  override decide(...[manager, change, vmId, order]: Parameters<DecisionsService['decide']>): Promise<void> {
    (change as unknown as { operations: Map<string, Change> }).operations.clear();
    return super.decide(manager, change, vmId, order);
  }
}

export const planted: readonly Plant[] = [
  { title: 'a counter instead of the SUM', room: LedgerRepository, useClass: CountingLedger },
  { title: 'quota is given back outside the transaction', room: LedgerRepository, useClass: HastyLedger },
  { title: 'an approval that does not look at the hash', room: CallsService, useClass: BlindCalls },
  { title: 'quota is given back though the end is unknown', room: CommitRepository, useClass: TrustingCommits },
  {
    title: 'two operations change one VM',
    room: DecisionsService,
    useClass: CarelessDecisions,
    sql: ['DROP INDEX approvals.operation_one_per_vm'],
  },
];

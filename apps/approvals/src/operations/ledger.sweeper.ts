import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { every, type Log, type Loop } from '@dcm/runtime';
import { APPROVALS_CONFIG, LOG, type ApprovalsConfig } from '../approvals.config';
import { changesOf } from './batch.policy';
import { LedgerCheckRepository, noVm } from './ledger-check.repository';
import { repairLedger } from './ledger.policy';
import { OperationsService } from './operations.service';

const batch = 50;

/** Compares the ledger with the VMs from time to time, and puts right what differs: each repair is in the journal, and in the log. */
@Injectable()
export class LedgerSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;

  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: ApprovalsConfig,
    @Inject(LOG) private readonly log: Log,
    private readonly service: OperationsService,
    private readonly checks: LedgerCheckRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = every(this.config.DCM_LEDGER_CHECK_MS, () => this.sweep(), this.log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }

  /** Looks at every VM once. */
  async sweep(): Promise<void> {
    for (let last: VmId | undefined = noVm; last !== undefined;) last = await this.repairNext(last);
  }

  /** @returns the VM to go on after; undefined: that was the last one. */
  private async repairNext(after: VmId): Promise<VmId | undefined> {
    const { last, repaired } = await this.service.transact(async ({ manager, scenes, store }) => {
      const found = await this.checks.suspects(manager, after, batch);
      if (found.length === 0) return { last: undefined, repaired: [] };
      const changes = changesOf(await scenes({ vmIds: found.map(({ vmId }) => vmId) }));
      const repaired = found.flatMap(({ vmId, isUsed }) => {
        const change = changes.get(vmId);
        const repair = change === undefined ? null : repairLedger(change, isUsed);
        return change === undefined || repair === null ? [] : [{ vmId, change, repair }];
      });
      await store(repaired.map(({ change }) => change));
      return { last: found.length < batch ? undefined : found.at(-1)?.vmId, repaired };
    });
    for (const { vmId, repair } of repaired) {
      this.log.warn({ vmId, ...repair }, 'The ledger did not say what the VM takes, and was put right');
    }
    return last;
  }
}

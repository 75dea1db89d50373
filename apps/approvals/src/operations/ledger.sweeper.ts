import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import { every, type Log, type Loop } from '@dcm/runtime';
import { APPROVALS_CONFIG, LOG, type ApprovalsConfig } from '../approvals.config';
import { changesOf } from './batch.policy';
import { LedgerCheckRepository, noVm } from './ledger-check.repository';
import { repairLedger, type LedgerRepair } from './ledger.policy';
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
    const sweep = async (): Promise<void> => {
      await this.sweep();
    };
    this.loop = every(this.config.DCM_LEDGER_CHECK_MS, sweep, this.log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }

  /** Looks at every VM once. @returns how many were not as they should be. */
  async sweep(): Promise<number> {
    let count = 0;
    for (let last: VmId | undefined = noVm; last !== undefined;) {
      const next = await this.repairNext(last);
      for (const one of next.repaired) {
        this.log.warn(one, 'The ledger did not say what the VM takes, and was put right');
      }
      count += next.repaired.length;
      last = next.last;
    }
    return count;
  }

  /** `last`: the VM to go on after; undefined: there is none. */
  private repairNext(after: VmId): Promise<{ last: VmId | undefined; repaired: ({ vmId: VmId } & LedgerRepair)[] }> {
    return this.service.transact(async ({ manager, scenes, store }) => {
      const vmIds = await this.checks.suspects(manager, after, batch);
      if (vmIds.length === 0) return { last: undefined, repaired: [] };
      const changes = changesOf(await scenes({ vmIds }));
      const used = await this.checks.used(manager, vmIds);
      const repaired = vmIds.flatMap((vmId) => {
        const change = changes.get(vmId);
        const repair = change === undefined ? null : repairLedger(change, used.has(vmId));
        return repair === null ? [] : [{ vmId, ...repair }];
      });
      await store(repaired.flatMap(({ vmId }) => changes.get(vmId) ?? []));
      return { last: vmIds.length < batch ? undefined : vmIds.at(-1), repaired };
    });
  }
}

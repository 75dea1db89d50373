import { Inject, Injectable } from '@nestjs/common';
import type { VmId } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { Change } from '../operations/change';
import { OperationsService } from '../operations/operations.service';
import { after } from '../operations/timing';
import { AbsenceService } from './absence.service';
import type { Finding } from './finding.entity';
import { decideFinding } from './finding.policy';
import { FindingsRepository } from './findings.repository';

/** Decided about in one transaction. */
const batch = 200;
/** So many VMs a second are looked at for what scans found, so that many changes at once are no storm of reads. */
const looksPerSecond = 50;

/** Draws conclusions for VMs from what was found about them. */
@Injectable()
export class ReconcileService {
  constructor(
    @Inject(LOG) private readonly log: Log,
    private readonly absence: AbsenceService,
    private readonly operations: OperationsService,
    private readonly findings: FindingsRepository,
  ) {}

  /** Decides about everything that was found, also about VMs of sites that are away. */
  async reconcile(): Promise<void> {
    await this.absence.notice();
    const looks = { count: 0 };
    while ((await this.round(looks)) === batch);
  }

  private round(looks: { count: number }): Promise<number> {
    return this.operations.transact(async ({ manager, scenes, store }) => {
      const found = await this.findings.take(manager, batch);
      if (found.length === 0) return 0;
      const kinds = new Map(found.map((finding) => [finding.vmId, finding]));
      const changes = (await scenes({ vmIds: [...kinds.keys()] })).map((scene) => new Change(scene));
      await store(changes.filter((change) => this.decided(change, kinds, looks)));
      return found.length;
    });
  }

  /** A VM that cannot be decided about is left as it is, so that the others go on; the next scan finds it again. */
  private decided(change: Change, findings: ReadonlyMap<VmId, Finding>, looks: { count: number }): boolean {
    const finding = findings.get(change.vm.doc.id);
    if (finding === undefined) return false;
    const lookAt = (): Date => after(change.now, Math.floor(looks.count++ / looksPerSecond) * 1_000);
    try {
      decideFinding(change, finding, lookAt);
      return true;
    } catch (error) {
      this.log.error({ err: error, vmId: finding.vmId, kind: finding.kind }, 'Unable to decide what a scan found');
      return false;
    }
  }
}

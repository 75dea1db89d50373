import { Inject, Injectable } from '@nestjs/common';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../approvals.config';
import { ChangeService } from '../journal/change.service';
import { FindingsRepository } from './findings.repository';

/** Notices sites that are away for so long that nobody knows how their VMs are. */
@Injectable()
export class AbsenceService {
  /** Monotonic. While this process did not run, that no scan came proves nothing. */
  private readonly runningSince = performance.now();

  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_SCAN_MS' | 'DCM_UNREACHABLE_SCANS'>,
    private readonly changes: ChangeService,
    private readonly findings: FindingsRepository,
  ) {}

  /** Writes down that the VMs of such sites are unreachable. */
  async notice(): Promise<void> {
    const afterMs = this.config.DCM_UNREACHABLE_SCANS * this.config.DCM_SCAN_MS;
    if (performance.now() - this.runningSince <= afterMs) return;
    await this.changes.change((manager) => this.findings.findUnreachable(manager, afterMs));
  }
}

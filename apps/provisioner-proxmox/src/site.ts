import type { VmStatus } from '@dcm/contracts';
import { BootTimes } from './boot-times';
import type { Finder } from './finder';
import type { Inventory } from './inventory';
import type { Machine } from './machine.mapper';
import type { Placements } from './placements';
import type { ProxmoxSite } from './proxmox.config';
import { Recent } from './recent';
import { statusOf } from './status.mapper';

/** What the verbs of one site share. */
export class Site {
  /** VMs that this process changed a moment ago. */
  readonly recent = new Recent();
  private readonly boots = new BootTimes();

  constructor(
    readonly options: ProxmoxSite['options'],
    readonly finder: Finder,
    readonly inventory: Inventory,
    readonly placements: Placements,
  ) {}

  /** What DCM says of a VM that was just read. */
  statusOf(machine: Machine): VmStatus {
    const now = new Date();
    return statusOf(machine, now, this.boots.of(machine, now));
  }
}

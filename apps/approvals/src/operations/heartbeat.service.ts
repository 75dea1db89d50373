import { Inject, Injectable } from '@nestjs/common';
import type { Broker } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import { BROKER, LOG } from '../approvals.config';
import { LeaseRepository } from '../dispatch/lease.repository';
import { TIMING, type Timing } from './timing';

/** A lease runs only while somebody is there to renew it with. */
@Injectable()
export class HeartbeatService {
  constructor(
    @Inject(BROKER) private readonly broker: Pick<Broker, 'isReady'>,
    @Inject(LOG) private readonly log: Log,
    @Inject(TIMING) private readonly timing: Timing,
    private readonly leases: LeaseRepository,
  ) {}

  /** Prolongs leases by the time since the last beat when that was longer than usual. Without the broker there is no beat. */
  async beat(): Promise<boolean> {
    if (!this.broker.isReady()) return false;
    const gapMs = await this.leases.beat(3 * this.timing.sweepMs + 1_000);
    if (gapMs > 0) this.log.info({ gapMs }, 'prolonged leases by the time in which nobody could renew them');
    return true;
  }
}

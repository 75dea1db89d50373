import { Inject, Injectable } from '@nestjs/common';
import { DcmError } from '@dcm/contracts';
import type { Broker } from '@dcm/messaging';
import type { HealthChecks } from '@dcm/runtime';
import { Drain } from '../drain';
import { BROKER } from '../parts';
import { CatchUpService } from '../projection/catch-up.service';
import { SystemRepository } from './system.repository';

/** Whether this process can do its work, and how far it is behind. */
@Injectable()
export class ReadinessService {
  constructor(
    private readonly database: SystemRepository,
    private readonly catchUp: CatchUpService,
    private readonly drain: Drain,
    @Inject(BROKER) private readonly broker: Broker,
  ) {}

  readonly checks: HealthChecks = {
    process: () => {
      if (this.drain.signal.aborted) throw new DcmError('UNAVAILABLE', 'shutting down');
    },
    database: () => this.database.ping(),
    broker: () => {
      if (!this.broker.isReady()) throw new DcmError('UNAVAILABLE', 'the broker is not reachable');
    },
    projection: () => {
      this.catchUp.assertFresh();
    },
  };
}

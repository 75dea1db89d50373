import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { TIMING, type Timing } from '../operations/timing';
import { ReconcileBell } from './reconcile-bell';
import { ReconcileService } from './reconcile.service';

/** Decides about what scans found as soon as one is complete, and looks again regularly in case a process died in between. */
@Injectable()
export class ReconcileSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;

  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(TIMING) private readonly timing: Timing,
    private readonly bell: ReconcileBell,
    private readonly service: ReconcileService,
  ) {}

  onApplicationBootstrap(): void {
    const loop = every(5 * this.timing.sweepMs, () => this.service.reconcile(), this.log);
    this.loop = loop;
    this.bell.listen(() => {
      loop.nudge();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.bell.listen(undefined);
    await this.loop?.stop();
  }
}

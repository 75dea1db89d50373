import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { TIMING, type Timing } from '../operations/timing';
import { WorkBell } from '../operations/work-bell';
import { DispatchService } from './dispatch.service';

/** Hands out work whenever something changed, and looks again regularly in case nobody rang. */
@Injectable()
export class Dispatcher implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;
  private caps: Loop | undefined;

  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(TIMING) private readonly timing: Timing,
    private readonly work: DispatchService,
    private readonly bell: WorkBell,
  ) {}

  onApplicationBootstrap(): void {
    const loop = every(
      this.timing.sweepMs,
      async () => {
        if (await this.work.dispatchAll()) loop.nudge();
      },
      this.log,
    );
    this.loop = loop;
    this.caps = every(this.timing.sweepMs, () => this.work.tellCaps(), this.log);
    this.bell.listen(() => {
      loop.nudge();
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.bell.listen(undefined);
    await Promise.all([this.loop?.stop(), this.caps?.stop()]);
  }
}

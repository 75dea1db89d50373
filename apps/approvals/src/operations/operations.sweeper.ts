import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { every, type Log, type Loop } from '@dcm/runtime';
import { LOG } from '../approvals.config';
import { SweepService } from './sweep.service';
import { TIMING, type Timing } from './timing';

/** Sees to it that nothing waits without an end. */
@Injectable()
export class OperationsSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private loop: Loop | undefined;

  constructor(
    @Inject(LOG) private readonly log: Log,
    @Inject(TIMING) private readonly timing: Timing,
    private readonly sweeps: SweepService,
  ) {}

  onApplicationBootstrap(): void {
    this.loop = every(this.timing.sweepMs, () => this.sweeps.sweep(), this.log);
  }

  async onModuleDestroy(): Promise<void> {
    await this.loop?.stop();
  }
}

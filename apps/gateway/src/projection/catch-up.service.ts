import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DcmError } from '@dcm/contracts';
import { every, failpoint, type Log, type Loop } from '@dcm/runtime';
import { AdminClient } from '../directory/admin.client';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG, LOG } from '../parts';
import { isGapStill, mustPull, type Look } from './catch-up.policy';
import type { ProjectionMark } from './projection-mark';
import { ProjectionService } from './projection.service';

/** Events of several batches and replicas overtake each other by a few milliseconds; a gap that is older is a loss. */
const gapGraceMs = 300;
const pageSize = 500;
const maxBehindMs = 30_000;

/** Pulls from the journal what the broker did not bring: after a gap, at the start, and whenever the read model stands still behind the journal. */
@Injectable()
export class CatchUpService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | undefined;
  private before: Look | undefined;
  private gap: ProjectionMark | undefined;
  private gapTimer: NodeJS.Timeout | undefined;
  private behindSince: number | undefined;

  constructor(
    private readonly admin: AdminClient,
    private readonly projection: ProjectionService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.projection.onApplied((mark) => {
      this.watchGap(mark);
    });
    this.loop = every(this.config.DCM_CATCH_UP_MS, () => this.run(), this.log);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.gapTimer);
    await this.loop?.stop();
  }

  /** Rows of the journal that are not applied, as of the last look. */
  get lag(): number {
    return this.before === undefined ? 0 : Math.max(0, this.before.head - this.before.mark.watermark);
  }

  /** @throws DcmError UNAVAILABLE when the read model has stood still behind the journal for half a minute. */
  assertFresh(): void {
    if (this.behindSince === undefined || performance.now() - this.behindSince < maxBehindMs) return;
    throw new DcmError('UNAVAILABLE', `the read model stands ${this.lag} rows behind the journal`);
  }

  private watchGap(mark: ProjectionMark): void {
    if (!mark.hasGap || this.gapTimer !== undefined) return;
    this.gapTimer = setTimeout(() => {
      this.gapTimer = undefined;
      this.gap = mark;
      this.loop?.nudge();
    }, gapGraceMs);
    this.gapTimer.unref();
  }

  private async run(): Promise<void> {
    const { gap } = this;
    this.gap = undefined;
    if (gap === undefined) await this.look();
    else if (isGapStill(await this.projection.mark(), gap)) await this.pull('a gap in the events');
  }

  private async look(): Promise<void> {
    const mark = await this.projection.mark();
    const { head } = await this.admin.readJournal({ afterPosition: mark.watermark, limit: 1 });
    if (head < mark.watermark)
      this.log.error({ head, ...mark }, 'the read model is ahead of the journal: was approvals reset?');
    const { before } = this;
    this.before = { mark, head };
    this.noteProgress(this.before, before);
    if (mustPull(this.before, before)) await this.pull('the read model is behind');
  }

  private noteProgress(now: Look, before: Look | undefined): void {
    const stands = now.head > now.mark.watermark && before?.mark.watermark === now.mark.watermark;
    this.behindSince = stands ? (this.behindSince ?? performance.now()) : undefined;
  }

  private async pull(reason: string): Promise<void> {
    let { watermark } = await this.projection.mark();
    for (;;) {
      const { rows, head } = await this.admin.readJournal({ afterPosition: watermark, limit: pageSize });
      if (rows.length === 0) return;
      failpoint('gateway.catch-up.read');
      const mark = await this.projection.applyAll(rows);
      this.log.info(
        { reason, rows: rows.length, from: watermark, to: mark.watermark, head },
        'pulled from the journal',
      );
      if (mark.watermark <= watermark) {
        throw new DcmError(
          'INTERNAL',
          `Unable to catch up with the journal: it has no row at position ${watermark + 1}`,
        );
      }
      watermark = mark.watermark;
      if (watermark >= head) return;
    }
  }
}

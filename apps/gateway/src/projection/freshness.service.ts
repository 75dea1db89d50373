import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { Log } from '@dcm/runtime';
import { AdminClient } from '../directory/admin.client';
import { LOG } from '../parts';
import { ProjectionService } from './projection.service';

/** For so long a caller is kept waiting for certainty. */
const patienceMs = 1_000;
const lookEveryMs = 25;

/** Says whether what is not in the read model can be taken for what does not exist. */
@Injectable()
export class FreshnessService {
  private asking: Promise<boolean> | undefined;

  constructor(
    private readonly admin: AdminClient,
    private readonly projection: ProjectionService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * Whether the read model holds everything that the journal held when this was asked, after a short wait for it if need be. Whoever asks
   * while another asks gets the same answer: what was created through a door between the two is shown by that door itself.
   * @returns false when it stays behind, or when approvals does not say where the journal ends: then nothing is proven.
   */
  isUpToDate(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async ask(): Promise<boolean> {
    const giveUp = AbortSignal.timeout(patienceMs);
    try {
      const { watermark } = await this.projection.mark();
      const { head } = await this.admin.readJournal({ afterPosition: watermark, limit: 1 }, giveUp);
      while ((await this.projection.mark()).watermark < head) await pause(lookEveryMs, undefined, { signal: giveUp });
      return true;
    } catch (error) {
      this.log.debug({ error: String(error) }, 'it is not certain that the read model is up to date');
      return false;
    }
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { DcmError, type CallContext, type HypervisorErrorBody } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import { causeOf, isDefect, toFailure } from '../failure.errors';
import { LOG, PROVISIONER_CONFIG } from '../provisioner.tokens';
import type { ProvisionerConfig } from '../provisioner.config';
import { popularController } from '../popular-controller';
import type { Site } from '../site';
import { ReadContext } from './read-context';

/** What a read ended with: a platform's error is an answer too. */
export type Answer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: HypervisorErrorBody };

/** Runs calls that only look, each with a deadline. */
@Injectable()
export class Reader {
  private readonly closing = popularController();

  constructor(
    @Inject(PROVISIONER_CONFIG) private readonly config: ProvisionerConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * @param times how many times as long as another read this one may take.
   * @throws DcmError UNAVAILABLE when this process closes: the question is for another.
   */
  async read<T>(site: Site, look: (ctx: CallContext) => Promise<T>, times = 1): Promise<Answer<T>> {
    const ctx = new ReadContext(this.config.DCM_READ_TIMEOUT_MS * times, this.closing.signal);
    try {
      return { ok: true, value: await look(ctx) };
    } catch (error) {
      if (this.closing.signal.aborted) {
        throw new DcmError('UNAVAILABLE', `Unable to read from site ${site.config.name}: the provisioner shuts down`);
      }
      const cause = causeOf(error, ctx.signal);
      if (isDefect(cause))
        this.log.error({ err: cause, site: site.config.name }, 'the adapter threw no HypervisorError');
      return { ok: false, error: toFailure(cause, 'NONE') };
    } finally {
      ctx.close();
    }
  }

  /** Breaks off what still reads. */
  interrupt(): void {
    this.closing.abort();
  }
}

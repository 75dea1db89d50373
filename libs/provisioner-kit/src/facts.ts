import { DcmError, exchanges, factKind, siteKeys, type Fact, type FactType } from '@dcm/contracts';
import { publishEvents, toMessage, type Broker, type EventDraft } from '@dcm/messaging';
import { childTraceparent, type Log } from '@dcm/runtime';
import { popularController } from './popular-controller';
import type { Site } from './site';

type FactBody<T extends FactType> = Omit<Fact<T>, 'site' | 'platform' | 'worker'>;

/** A fact to tell. The same id again is the same fact. */
export interface FactDraft<T extends FactType> {
  readonly id: string;
  readonly type: T;
  readonly body: FactBody<T>;
  readonly traceparent?: string | undefined;
}

/** Tells approvals what is. What must arrive is told until the broker has it; what may get lost is told once. */
export class Facts {
  private readonly closing = popularController();

  constructor(
    private readonly broker: Broker,
    readonly worker: string,
    private readonly log: Log,
  ) {}

  /**
   * Resolves when the broker has the fact, however long that takes.
   * @throws DcmError UNAVAILABLE when this process closes first; INTERNAL when the broker refuses it for good.
   */
  async tell<T extends FactType>(site: Site, fact: FactDraft<T>): Promise<void> {
    const draft = this.draft(site, fact);
    for (;;) {
      try {
        await publishEvents(this.broker, [draft], { timeoutMs: 30_000, signal: this.closing.signal });
        return;
      } catch (error) {
        if (this.closing.signal.aborted || !isUnavailable(error)) throw error;
        this.log.warn({ err: error, site: site.config.name, type: fact.type }, 'Unable to tell a fact yet');
      }
    }
  }

  /** Tells it once; resolves when the broker has answered. Never throws. */
  async mention<T extends FactType>(site: Site, fact: FactDraft<T>): Promise<void> {
    try {
      await this.broker.publish([toMessage(this.draft(site, fact))]);
    } catch (error) {
      this.log.debug({ err: error, site: site.config.name, type: fact.type }, 'a fact got lost that may get lost');
    }
  }

  /** From now on nobody waits for a broker that is away. */
  close(): void {
    this.closing.abort();
  }

  private draft<T extends FactType>(site: Site, { id, type, body, traceparent }: FactDraft<T>): EventDraft {
    const { platform, config } = site;
    return {
      id,
      exchange: exchanges.facts,
      routingKey: siteKeys.fact(platform, config.name, factKind(type)),
      type,
      source: `/dcm/provisioner-${platform}/${this.worker}`,
      data: { ...body, site: config.name, platform, worker: this.worker },
      traceparent: childTraceparent(traceparent),
      mandatory: true,
    };
  }
}

const isUnavailable = (error: unknown): boolean => error instanceof DcmError && error.code === 'UNAVAILABLE';

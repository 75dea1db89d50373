import { claimVerdictSchema, controlTypes, exchanges, siteKeys, type Claim, type ClaimVerdict } from '@dcm/contracts';
import { rpc, type Broker } from '@dcm/messaging';
import type { Log } from '@dcm/runtime';
import { Lease, type LeaseEnd, type Verb } from './lease';
import type { Site } from './site';

/** The attempt that a worker wants to act on. */
type Attempt = Pick<Claim, 'operationId' | 'instanceId' | 'attempt'>;

/** Asks approvals whether this worker may act. */
export class ClaimClient {
  private isClosing = false;

  /** @param silenceMs how long a claim may go unanswered before it is taken for lost. */
  constructor(
    private readonly broker: Broker,
    private readonly worker: string,
    private readonly silenceMs: number,
  ) {}

  /**
   * Claims an attempt.
   * @returns what approvals says instead when it does not say go.
   * @throws DcmError UNAVAILABLE when there is no answer for `silenceMs`.
   */
  claim(site: Site, { operationId, instanceId, attempt }: Attempt, log: Log): Promise<Lease | LeaseEnd> {
    const data: Claim = { site: site.config.name, worker: this.worker, operationId, instanceId, attempt };
    const ask = (verb: Verb, timeoutMs: number): Promise<ClaimVerdict> => this.ask(verb, site, data, timeoutMs);
    return Lease.claim({ ask, silenceMs: this.silenceMs, log, isClosing: () => this.isClosing });
  }

  /** From now on a claim that is not answered is not asked again. */
  close(): void {
    this.isClosing = true;
  }

  private async ask(verb: Verb, site: Site, data: Claim, timeoutMs: number): Promise<ClaimVerdict> {
    const answer = await rpc(this.broker, {
      exchange: exchanges.control,
      routingKey: siteKeys.control(site.platform, site.config.name, verb),
      type: controlTypes[verb],
      subject: data.operationId,
      data,
      timeoutMs,
    });
    return claimVerdictSchema.parse(answer);
  }
}

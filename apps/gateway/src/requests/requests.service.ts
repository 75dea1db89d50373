import { Inject, Injectable } from '@nestjs/common';
import { DcmError, type CreatedVm } from '@dcm/contracts';
import { isInfrastructureError, type OutboxRelay } from '@dcm/messaging';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG, RELAY, YIELDING } from '../parts';
import { GroupCommit } from './group-commit';
import type { RequestIdentity } from './idempotency.policy';
import { RequestRepository, type KeptRequest, type NewRequest } from './request.repository';
import type { Yielding } from './yielding.policy';

/** A request without what its identity says. */
export type PreparedRequest = Omit<NewRequest, 'operationId' | 'idempotencyKey' | 'payloadHash'>;

/** A request before its world was looked at. */
export interface Submission {
  readonly identity: RequestIdentity;
  readonly payloadHash: string;
  /** Looks at the world and refuses what cannot be; not asked when the request turns out to be a repetition. */
  readonly prepare: () => Promise<PreparedRequest>;
}

/** What a request is answered with. */
export interface Accepted {
  readonly vm: CreatedVm;
  readonly operationId: string;
  /** The same request came before: this is its first answer. */
  readonly isReplay: boolean;
}

const maxBatch = 200;
const maxInFlight = 2;

/** Accepts requests: once per operation, in shared commits, forwarded to the relay behind them. */
@Injectable()
export class RequestsService {
  private readonly commits: GroupCommit<NewRequest, KeptRequest>;

  constructor(
    private readonly requests: RequestRepository,
    @Inject(CONFIG) config: GatewayConfig,
    @Inject(RELAY) relay: OutboxRelay,
    @Inject(YIELDING) private readonly yielding: Yielding,
  ) {
    this.commits = new GroupCommit({
      write: async (batch) => {
        const { kept, sent } = await requests.accept(batch, config.DCM_RESEND_MS);
        relay.forward(sent);
        return kept;
      },
      keyOf: (request) => request.operationId,
      maxBatch,
      maxInFlight,
      isCommonFailure: isInfrastructureError,
    });
  }

  /**
   * When it resolves, the request is committed.
   * @throws DcmError IDEMPOTENCY_KEY_REUSED, or whatever `prepare` throws.
   */
  async submit(submission: Submission): Promise<Accepted> {
    const prepared = await this.prepareOrReplay(submission);
    if ('isReplay' in prepared) return prepared;
    const startedAt = performance.now();
    const kept = await this.commits.add(prepared);
    const now = performance.now();
    this.yielding.note(now - startedAt, now);
    if (!kept.isNew) return this.replay(submission, kept);
    return { vm: kept.answer, operationId: submission.identity.operationId, isReplay: false };
  }

  /** The world may have changed since the first time; a repetition is answered all the same. */
  private async prepareOrReplay(submission: Submission): Promise<NewRequest | Accepted> {
    const { key, operationId } = submission.identity;
    try {
      const prepared = await submission.prepare();
      return { ...prepared, operationId, idempotencyKey: key, payloadHash: submission.payloadHash };
    } catch (error) {
      const kept = key === null ? undefined : await this.requests.find(operationId);
      if (kept === undefined) throw error;
      return this.replay(submission, kept);
    }
  }

  private replay({ identity, payloadHash }: Submission, kept: KeptRequest): Accepted {
    if (kept.payloadHash === payloadHash) return { vm: kept.answer, operationId: identity.operationId, isReplay: true };
    throw new DcmError(
      'IDEMPOTENCY_KEY_REUSED',
      `Unable to accept the request: key ${identity.key ?? ''} stands for another payload, of operation ${identity.operationId}`,
      { details: [{ pointer: 'header/Idempotency-Key', message: 'was used before with another payload' }] },
    );
  }
}

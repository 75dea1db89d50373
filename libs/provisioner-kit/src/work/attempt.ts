import { HypervisorError, OperationYielded, type Fact, type FactType } from '@dcm/contracts';
import type { Log } from '@dcm/runtime';
import type { FactDraft } from '../facts';
import { causeOf, isDefect, toFailure } from '../failure.errors';
import type { Lease, LeaseEnd } from '../lease';
import type { Site } from '../site';
import type { Work } from './work.commands';
import type { WorkerContext } from './worker-context';

/** The facts with which an attempt ends. */
export type EndType = 'io.dcm.fact.succeeded.v1' | 'io.dcm.fact.failed.v1' | 'io.dcm.fact.yielded.v1';
export type EndFact = { [T in EndType]: FactDraft<T> }[EndType];

type EndBody<T extends EndType> = Omit<
  Fact<T>,
  'site' | 'platform' | 'worker' | 'operationId' | 'attempt' | 'instanceId'
>;

/** The one fact of its kind about one attempt: told again, it is the same. */
export function endFact<T extends EndType>(work: Work, type: T, body: EndBody<T>): EndFact {
  const { operationId, attempt, instanceId } = work.command;
  const id = `${operationId}/${attempt}/${type}`;
  return { id, type, body: { operationId, attempt, instanceId, ...body } } as unknown as EndFact;
}

/** What ends an attempt that approvals stopped before it began. */
export function stoppedBeforeBegin(work: Work, { reason }: LeaseEnd): EndFact {
  const error = new HypervisorError('CANCELLED', reason, { effect: 'NONE' });
  return endFact(work, 'io.dcm.fact.failed.v1', { error: error.toBody(), status: null });
}

export interface AttemptParts {
  readonly site: Site;
  readonly work: Work;
  readonly ctx: WorkerContext;
  readonly lease: Lease;
  /** Whether this process wants to end. */
  readonly isClosing: () => boolean;
  readonly log: Log;
}

/** Carries out one attempt. @returns the fact that ends it; undefined when nobody wants to hear of it. Never throws. */
export async function attempt(parts: AttemptParts): Promise<EndFact | undefined> {
  const { site, work, ctx, lease, log } = parts;
  try {
    const result = await work.carryOut(site, ctx);
    return lease.isDropped ? undefined : endFact(work, 'io.dcm.fact.succeeded.v1', result);
  } catch (error) {
    const cause = causeOf(error, ctx.signal);
    if (isDefect(cause) && !(cause instanceof OperationYielded)) {
      log.error({ err: cause }, 'the adapter threw what is no HypervisorError');
    }
    return lease.isDropped ? undefined : unfinished(parts, cause);
  }
}

function unfinished({ work, ctx, lease, isClosing }: AttemptParts, cause: unknown): EndFact | undefined {
  if (cause instanceof OperationYielded) return endFact(work, 'io.dcm.fact.yielded.v1', { resume: cause.resume });
  const resume = ctx.lastCheckpoint;
  if (isClosing() && ctx.signal.aborted && lease.refusal() === undefined) {
    return endFact(work, 'io.dcm.fact.yielded.v1', { resume: resume ?? '' });
  }
  const error = toFailure(cause, 'UNKNOWN');
  if (error.reason === 'CLAIM_LOST') return undefined;
  return endFact(work, 'io.dcm.fact.failed.v1', { error, status: null, ...(resume === undefined ? {} : { resume }) });
}

/** `succeeded`, `failed`, … for logs and metrics. */
export const outcomeOf = (fact: { readonly type: FactType } | undefined): string =>
  fact === undefined ? 'dropped' : (fact.type.split('.')[3] ?? fact.type);

import { Inject, Injectable } from '@nestjs/common';
import type { DeleteCommand } from '@dcm/contracts';
import { failpoint, newId, type Log } from '@dcm/runtime';
import { ClaimClient } from '../claim.client';
import { Facts } from '../facts';
import { Lease } from '../lease';
import { LOG } from '../provisioner.tokens';
import { ProvisionerMetrics } from '../provisioner-metrics';
import type { Site } from '../site';
import { attempt, outcomeOf, stoppedBeforeBegin, type EndFact } from './attempt';
import type { Work } from './work.commands';
import { WorkerContext } from './worker-context';

/** A delivery of work: what it asks, and where. */
export interface WorkOrder {
  readonly site: Site;
  readonly work: Work;
  readonly traceparent: string | undefined;
}

interface Job extends WorkOrder {
  /** On `performance.now`. */
  readonly receivedAt: number;
  readonly log: Log;
}

/** Carries out commands that change a hypervisor: claims each attempt, lets the adapter work, and tells how it ended before the delivery is acked. */
@Injectable()
export class WorkService {
  private readonly running = new Map<string, Promise<void>>();
  private readonly contexts = new Set<WorkerContext>();
  /** Facts that the broker refused: when their delivery comes again, only telling is left to do. */
  private readonly untold = new Map<string, EndFact>();
  private isClosing = false;

  constructor(
    private readonly claims: ClaimClient,
    private readonly facts: Facts,
    private readonly metrics: ProvisionerMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * Resolves when the work has ended and that was told. A second delivery of the same attempt joins the first.
   * @throws DcmError UNAVAILABLE when nobody answers the claim, or this process closes.
   */
  async handle(order: WorkOrder): Promise<void> {
    const key = keyOf(order.work.command);
    let run = this.running.get(key);
    if (run === undefined) {
      run = this.run(this.jobOf(order)).finally(() => {
        this.running.delete(key);
      });
      this.running.set(key, run);
    }
    await run;
  }

  /** Interrupts what still runs: it ends as yielded, with its last checkpoint, and is dispatched again. */
  interrupt(): void {
    this.isClosing = true;
    for (const ctx of this.contexts) this.stop(ctx);
  }

  private stop(ctx: WorkerContext): void {
    ctx.interrupt(ctx.refusal('CLAIM_LOST', 'the provisioner shuts down'));
  }

  private jobOf(order: WorkOrder): Job {
    const { command, kind } = order.work;
    const { operationId, attempt: number, instanceId, site } = command;
    const log = this.log.child({ operationId, attempt: number, instanceId, site, kind });
    return { ...order, receivedAt: performance.now(), log };
  }

  private async run(job: Job): Promise<void> {
    const key = keyOf(job.work.command);
    const earlier = this.untold.get(key);
    if (earlier === undefined) return this.claimed(job);
    await this.tell(job, earlier);
  }

  private async claimed(job: Job): Promise<void> {
    failpoint('work.received');
    const lease = await this.claims.claim(job.site, job.work.command, job.log);
    if (!(lease instanceof Lease)) {
      job.log.info({ verdict: lease.verdict, reason: lease.reason }, 'the claim was refused');
      if (lease.verdict === 'stop') await this.tell(job, stoppedBeforeBegin(job.work, lease));
      return;
    }
    try {
      failpoint('work.claimed');
      const fact = await this.carryOut(job, lease);
      if (fact !== undefined) await this.tell(job, fact);
    } finally {
      lease.release();
    }
  }

  private async carryOut(job: Job, lease: Lease): Promise<EndFact | undefined> {
    const { site, work, log } = job;
    const ctx = this.open(job, lease);
    const done = this.metrics.begin(site.config.name, work.kind);
    log.info({ resumed: ctx.resume !== undefined }, 'work begins');
    try {
      const fact = await attempt({ site, work, ctx, lease, isClosing: () => this.isClosing, log });
      const durationMs = done(outcomeOf(fact));
      const failure = fact?.type === 'io.dcm.fact.failed.v1' ? fact.body.error : undefined;
      log.info({ outcome: outcomeOf(fact), durationMs, ...(failure && { failure }) }, 'work ends');
      return fact;
    } finally {
      this.contexts.delete(ctx);
      ctx.close();
    }
  }

  private open({ site, work, receivedAt, traceparent }: Job, lease: Lease): WorkerContext {
    const { command } = work;
    const { operationId, attempt: number, instanceId } = command;
    const ctx = new WorkerContext({
      command,
      lease,
      receivedAt,
      sendProgress: (progress) =>
        this.facts.mention(site, {
          id: newId(),
          type: 'io.dcm.fact.progress.v1',
          body: { operationId, attempt: number, instanceId, ...progress },
          traceparent,
        }),
    });
    this.contexts.add(ctx);
    if (this.isClosing) this.stop(ctx);
    return ctx;
  }

  private async tell({ site, work, traceparent }: Job, fact: EndFact): Promise<void> {
    const key = keyOf(work.command);
    this.untold.set(key, fact);
    failpoint('work.ended');
    await this.facts.tell(site, { ...fact, traceparent });
    this.untold.delete(key);
    failpoint('work.told');
  }
}

const keyOf = ({ operationId, attempt: number }: DeleteCommand): string => `${operationId}/${number}`;

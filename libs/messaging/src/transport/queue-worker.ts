import { queues, type DcmErrorBody } from '@dcm/contracts';
import { backOffMs } from '../back-off';
import type { Broker, Consumer, Delivery, Log } from '../broker';
import { toDeadLetter } from '../dead-letter';
import { pause, popularController } from '../pause';
import { Gate } from './gate';
import { OrderByKey } from './order-by-key';
import { settleFailure, type RetryRules, type Settlement } from './settlement.policy';

/** One message, read and matched with its handler. */
export interface Job {
  /** Jobs of one key run in order. */
  readonly orderKey: string | undefined;
  /** @param attempt counts from 1. Resolving means: done, ack. */
  run(attempt: number): Promise<void>;
  /** Tells whoever waits for an answer that there will be none but this. */
  refuse(error: DcmErrorBody): Promise<void>;
}

export interface QueueWorkerOptions {
  readonly broker: Broker;
  readonly queue: string;
  readonly prefetch: number;
  readonly drainMs: number;
  readonly retry: RetryRules;
  readonly log: Log;
  /** Never throws: what cannot be read is a job that fails. */
  readonly toJob: (delivery: Delivery) => Job;
}

const buryBackOff = { firstMs: 100, maxMs: 5_000 };

/**
 * Consumes one queue: runs jobs within the prefetch and in order per key, acks what is done, retries here what passes by itself (so that no
 * delivery count burns), files what can never succeed among the dead letters, and drains when it closes.
 */
export class QueueWorker {
  private readonly closing = popularController();
  private readonly inFlight = new Set<Promise<void>>();
  /** Accepted, but behind others of their key. */
  private readonly waiting = new Set<Delivery>();
  private readonly gate: Gate;
  private readonly order = new OrderByKey();
  private consumer: Promise<Consumer> | undefined;

  constructor(private readonly options: QueueWorkerOptions) {
    this.gate = new Gate(options.prefetch);
  }

  /** Resolves once deliveries flow. */
  async start(): Promise<void> {
    const { broker, queue, prefetch } = this.options;
    this.consumer = broker.consume({ queue, prefetch }, (delivery) => {
      this.accept(delivery);
    });
    await this.consumer;
  }

  /** Takes no more, waits for what runs up to `drainMs`, gives back the rest. */
  async close(): Promise<void> {
    this.closing.abort();
    const consumer = await this.consumer?.catch(() => undefined);
    await consumer?.stop();
    for (const delivery of this.waiting) delivery.requeue();
    const drained = new AbortController();
    const limit = pause(this.options.drainMs, drained.signal);
    await Promise.race([Promise.allSettled(this.inFlight), limit]);
    drained.abort();
    if (this.inFlight.size > 0)
      this.options.log.warn(
        { queue: this.options.queue, left: this.inFlight.size },
        'gave back deliveries that did not end in time',
      );
    await consumer?.close();
  }

  private accept(delivery: Delivery): void {
    const job = this.options.toJob(delivery);
    this.waiting.add(delivery);
    const work = (): Promise<void> => this.gate.run(() => this.work(delivery, job));
    const task = (job.orderKey === undefined ? work() : this.order.run(job.orderKey, work)).catch((error: unknown) => {
      this.options.log.error({ err: error, queue: delivery.queue }, 'Unable to settle a delivery');
    });
    this.inFlight.add(task);
    void task.finally(() => this.inFlight.delete(task));
  }

  private async work(delivery: Delivery, job: Job): Promise<void> {
    this.waiting.delete(delivery);
    for (let attempt = 1; !delivery.lost.aborted; attempt++) {
      if (this.closing.signal.aborted) {
        delivery.requeue();
        return;
      }
      const settlement = await this.attempt(delivery, job, attempt);
      if (settlement === undefined) {
        delivery.ack();
        return;
      }
      if (settlement.kind === 'dead') {
        await this.bury(delivery, job, settlement.error);
        return;
      }
      await this.pause(delivery, settlement.delayMs);
    }
  }

  /** @returns undefined when the job is done. */
  private async attempt(delivery: Delivery, job: Job, attempt: number): Promise<Settlement | undefined> {
    try {
      await job.run(attempt);
      return undefined;
    } catch (error) {
      const settlement = this.settle(error, attempt);
      const { id, exchange, routingKey, userId } = delivery.message;
      const details = {
        err: error,
        queue: delivery.queue,
        id,
        exchange,
        routingKey,
        userId,
        attempt,
        settlement: settlement.kind,
      };
      this.options.log.warn(details, 'Unable to handle a message');
      return settlement;
    }
  }

  /** What cannot be filed among the dead letters has no further place to go: it is tried until it can. */
  private settle(error: unknown, attempt: number): Settlement {
    const { queue, retry } = this.options;
    if (queue !== queues.dead) return settleFailure(error, attempt, retry);
    return { kind: 'retry', delayMs: backOffMs(attempt, { firstMs: retry.firstDelayMs, maxMs: retry.maxDelayMs }) };
  }

  /** Acks only after the copy is safe among the dead letters. */
  private async bury(delivery: Delivery, job: Job, error: DcmErrorBody): Promise<void> {
    await job.refuse(error);
    const letter = toDeadLetter(delivery.message, delivery.queue, error);
    for (let attempt = 1; !delivery.lost.aborted; attempt++) {
      const [outcome] = await this.options.broker.publish([letter]);
      if (outcome === 'confirmed') {
        delivery.ack();
        return;
      }
      if (this.closing.signal.aborted) {
        delivery.requeue();
        return;
      }
      this.options.log.warn(
        { queue: delivery.queue, id: letter.id, outcome, attempt },
        'Unable to file a dead letter, trying again',
      );
      await this.pause(delivery, backOffMs(attempt, buryBackOff));
    }
  }

  /** Ends early when the worker closes or the delivery is lost. */
  private pause(delivery: Delivery, delayMs: number): Promise<void> {
    return pause(delayMs, delivery.lost, this.closing.signal);
  }
}

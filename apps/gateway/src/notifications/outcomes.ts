import { Inject, Injectable } from '@nestjs/common';
import type { Approval } from '@dcm/contracts';
import type { Log, Metrics } from '@dcm/runtime';
import { Counter } from 'prom-client';
import { LOG, METRICS } from '../parts';
import type { DueMail, MailEnd } from './link';

/** Shows what becomes of notifications, in the metrics and in the log; addresses stand in neither. */
@Injectable()
export class NotificationOutcomes {
  private readonly counter: Counter<'kind' | 'outcome'>;

  constructor(
    @Inject(METRICS) { registry }: Metrics,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.counter = new Counter({
      name: 'dcm_notifications_total',
      help: 'Attempts to notify somebody, by what became of them',
      labelNames: ['kind', 'outcome'],
      registers: [registry],
    });
  }

  /** A level is asked, and nobody can be written to. */
  nobody({ id, level }: Approval): void {
    this.count('nobody');
    this.log.warn({ approvalId: id, level }, 'nobody is notified: no approver has a mail address');
  }

  of({ id, approvalId, principal, attempts }: DueMail, end: MailEnd): void {
    this.count(end.state === 'pending' ? 'retried' : end.state);
    if (!('error' in end)) return;
    const facts = { notificationId: id, approvalId, principal, attempts, error: end.error };
    if (end.state === 'failed') this.log.error(facts, 'an approver could not be notified');
    else this.log.warn(facts, 'an approver is not notified yet');
  }

  private count(outcome: string): void {
    this.counter.inc({ kind: 'approval', outcome });
  }
}

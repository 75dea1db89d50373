import { Injectable } from '@nestjs/common';
import type { Approval } from '@dcm/contracts';
import { maxAttempts } from './back-off.policy';
import { letterOf } from './letter.mapper';
import type { DueMail, MailEnd } from './link';
import { MailClient } from './mail.client';
import { isRefusedForGood, reasonOf } from './mail.errors';
import { NotificationRepository } from './notification.repository';
import { NotificationOutcomes } from './outcomes';
import { QuestionsService } from './questions.service';
import { refusalOf } from './standing.policy';

/** Longer than any attempt to send takes. */
const leaseMs = 60_000;

const endOf = ({ attempts }: DueMail, error: unknown): MailEnd => {
  const isOver = isRefusedForGood(error) || attempts >= maxAttempts;
  return { state: isOver ? 'failed' : 'pending', error: reasonOf(error) };
};

/** Sends what waits in the database, one mail after the other, until the mail server has taken it. */
@Injectable()
export class SendingService {
  constructor(
    private readonly notifications: NotificationRepository,
    private readonly questions: QuestionsService,
    private readonly mail: MailClient,
    private readonly outcomes: NotificationOutcomes,
  ) {}

  /** @returns whether to go on: a server that does not answer will not answer for the next mail either. */
  async sendNext(): Promise<boolean> {
    const due = await this.notifications.take(leaseMs);
    if (due === undefined) return false;
    const approval = await this.current(due);
    const end: MailEnd = approval === undefined ? { state: 'dropped' } : await this.send(due, approval);
    await this.notifications.settle(due.id, end, this.mail.restMs(due.attempts));
    this.outcomes.of(due, end);
    return end.state !== 'pending';
  }

  private async send(due: DueMail, approval: Approval): Promise<MailEnd> {
    const { link, tokenSha256 } = this.mail.linkFor(due);
    await this.notifications.setToken(due.id, tokenSha256);
    const letter = letterOf(await this.questions.factsOf(approval), link);
    try {
      await this.mail.send({ ...letter, id: due.id, to: due.email });
      return { state: 'sent' };
    } catch (error) {
      return endOf(due, error);
    }
  }

  /** What is no longer asked, or of somebody else, is not sent. */
  private async current(due: DueMail): Promise<Approval | undefined> {
    const involved = await this.questions.involvedIn(due);
    const link = { ...due, decision: null, isRecorded: false };
    return refusalOf(link, involved) === undefined ? involved.approval : undefined;
  }
}

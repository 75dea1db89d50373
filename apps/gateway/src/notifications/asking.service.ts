import { Injectable } from '@nestjs/common';
import type { Approval } from '@dcm/contracts';
import { NotificationRepository } from './notification.repository';
import { NotificationOutcomes } from './outcomes';
import { PersonRepository } from './person.repository';
import { approvalOf, isAsked } from './question.mapper';

const batch = 100;

/** Finds out whom to tell that they are asked: once for each level of each plan. */
@Injectable()
export class AskingService {
  constructor(
    private readonly notifications: NotificationRepository,
    private readonly people: PersonRepository,
    private readonly outcomes: NotificationOutcomes,
  ) {}

  async askAll(): Promise<void> {
    for (const doc of await this.notifications.listUnasked(batch)) {
      const approval = approvalOf(doc);
      if (approval !== undefined) await this.ask(approval);
    }
  }

  private async ask(approval: Approval): Promise<void> {
    const people = await this.people.listNotified(approval.tenantId);
    const asked = people.filter((person) => isAsked(approval, person));
    const isFirst = await this.notifications.ask(approval, asked);
    if (isFirst && asked.length === 0) this.outcomes.nobody(approval);
  }
}

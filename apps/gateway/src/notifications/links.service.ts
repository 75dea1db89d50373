import { Inject, Injectable } from '@nestjs/common';
import { DcmError, type Approval } from '@dcm/contracts';
import type { Principal } from '../auth/principal';
import { DirectoryService } from '../directory/directory.service';
import type { GatewayConfig } from '../gateway.config';
import { toDcmError } from '../http/framework.errors';
import { CONFIG } from '../parts';
import type { LinkDecision, LinkRow } from './link';
import { hashToken, linkOf, tokenOf } from './link.policy';
import { NotificationRepository } from './notification.repository';
import { messagePage, questionPage, type Page } from './page.mapper';
import type { PersonWithRoles } from './person';
import { isTaken } from './question.mapper';
import { QuestionsService } from './questions.service';
import { refusalOf, refusalOfError, usedOtherwise, type Refusal } from './standing.policy';

/** What a person put into the form. */
export interface Answer {
  readonly decision: LinkDecision;
  readonly comment: string;
}

/** A link that stands. */
interface Standing {
  readonly approval: Approval;
  readonly person: PersonWithRoles;
}

const words: Readonly<Record<LinkDecision, string>> = { approve: 'approved', reject: 'rejected' };

const alreadyRecorded = (decision: LinkDecision): Page =>
  messagePage(200, [
    'Your answer was already recorded',
    `You have ${words[decision]} this request. Nothing more was done.`,
  ]);

/** Shows the question that a link is about, and takes the answer: once, from whom it was put to, about what was shown. */
@Injectable()
export class LinksService {
  constructor(
    private readonly links: NotificationRepository,
    private readonly questions: QuestionsService,
    private readonly directory: DirectoryService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  find(token: string): Promise<LinkRow | undefined> {
    return this.links.findLink(hashToken(token));
  }

  /** Changes nothing, however often it is asked. */
  async show(link: LinkRow): Promise<Page> {
    if (link.isRecorded && link.decision !== null) return alreadyRecorded(link.decision);
    const standing = await this.standingOf(link);
    if ('status' in standing) return this.refuse(link, standing);
    return questionPage(await this.questions.factsOf(standing.approval), link.principal);
  }

  async decide(link: LinkRow, answer: Answer): Promise<Page> {
    if (link.decision !== null && link.decision !== answer.decision) return this.refuse(link, usedOtherwise);
    if (link.isRecorded || (await this.isTakenAlready(link))) return alreadyRecorded(answer.decision);
    const standing = await this.standingOf(link);
    if ('status' in standing) return this.refuse(link, standing);
    if (!(await this.links.use(link.id, answer.decision))) return this.refuse(link, usedOtherwise);
    return this.carryOut(link, standing, answer);
  }

  /** An answer that was given before, and of which it was not certain that it was taken. */
  private async isTakenAlready(link: LinkRow): Promise<boolean> {
    if (link.decision === null) return false;
    const { approval } = await this.questions.involvedIn(link);
    if (approval === undefined || !isTaken(approval, link, link.decision)) return false;
    await this.links.record(link.id);
    return true;
  }

  /** Approvals has the last word. Unless it refused, the answer may have been taken: then only the same one may be given again. */
  private async carryOut(link: LinkRow, { person }: Standing, { decision, comment }: Answer): Promise<Page> {
    const principal: Principal = {
      tokenId: `link:${link.id}`,
      name: person.principal,
      tenantId: person.tenantId,
      roles: person.roles,
    };
    const { approvalId, planHash, level } = link;
    try {
      await this.directory.change(principal, 'approval.decide', { approvalId, planHash, level, decision, comment });
    } catch (thrown) {
      const error = toDcmError(thrown);
      if (error.httpStatus >= 500) throw error;
      await this.links.release(link.id);
      return this.refuse(link, refusalOfError(error));
    }
    await this.links.record(link.id);
    return messagePage(200, ['Your answer is recorded', `You have ${words[decision]} this request.`]);
  }

  private async standingOf(link: LinkRow): Promise<Standing | Refusal> {
    const { approval, person } = await this.questions.involvedIn(link);
    const refusal = refusalOf(link, { approval, person });
    if (refusal !== undefined) return refusal;
    if (approval === undefined || person === undefined) throw new DcmError('INTERNAL', 'Unable to show the question');
    return { approval, person };
  }

  private async refuse(link: LinkRow, { status, title, message, isReplaced }: Refusal): Promise<Page> {
    const later = isReplaced === true && link.decision === null ? await this.links.findLater(link) : undefined;
    const { DCM_INSTALLATION_KEY: key, DCM_PUBLIC_URL: publicUrl } = this.config;
    const next = later === undefined || publicUrl === undefined ? undefined : linkOf(publicUrl, tokenOf(key, later));
    return messagePage(status, [title, message], next);
  }
}

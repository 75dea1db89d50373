import type { Approval, DcmError } from '@dcm/contracts';
import type { Involved, LinkRow } from './link';
import type { PersonWithRoles } from './person';
import { isAsked } from './question.mapper';

/** Why a link does nothing, as its page says it. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly message: string;
  /** Another question may have taken the place of this one. */
  readonly isReplaced?: boolean;
}

export const unknownLink: Refusal = {
  status: 404,
  title: 'This link is not known',
  message: 'It may have been cut or changed on its way. Open it again from the mail.',
};

export const tooManyUnknown: Refusal = {
  status: 429,
  title: 'Too many unknown links',
  message: 'Too many links from your address were not known. Wait a minute, then open the link from the mail.',
};

export const foreignForm: Refusal = {
  status: 403,
  title: 'Nothing was decided',
  message: 'The answer came from another site than this page. Open the link from the mail and answer here.',
};

export const usedOtherwise: Refusal = {
  status: 409,
  title: 'This link has been used',
  message: 'It works once, and another answer was given with it.',
};

const expired: Refusal = {
  status: 410,
  title: 'This link is too late',
  message: 'The time to answer is over, and the default has taken effect.',
};

export const planChanged: Refusal = {
  status: 409,
  title: 'The plan has changed',
  message: 'What this link is about is not what would be done any more, so it cannot be answered.',
  isReplaced: true,
};

const notPending = (state: string): Refusal => ({
  status: 409,
  title: `The question is ${state} already`,
  message: 'There is nothing left to decide.',
});

const nextLevel: Refusal = {
  status: 409,
  title: 'Others are asked now',
  message: 'The question has moved on to its next level.',
  isReplaced: true,
};

const notEntitled: Refusal = {
  status: 403,
  title: 'You cannot decide about this',
  message: 'You are not among those who may, or no longer: your roles, your tokens or your address have changed.',
};

const ownRequest: Refusal = {
  status: 403,
  title: 'This is your own request',
  message: 'Somebody else must decide about it.',
};

function ofApproval(link: LinkRow, approval: Approval): Refusal | undefined {
  const { state, plan, level } = approval;
  if (state === 'superseded' || plan.hash !== link.planHash) return planChanged;
  if (state !== 'pending') return notPending(state);
  return level === link.level ? undefined : nextLevel;
}

function ofPerson(link: LinkRow, approval: Approval, person: PersonWithRoles | undefined): Refusal | undefined {
  if (approval.requester === link.principal) return ownRequest;
  if (person?.email !== link.email) return notEntitled;
  return isAsked(approval, person) ? undefined : notEntitled;
}

/** Whether a link still stands: for its person, its approval, its level and its plan. @returns why not. */
export function refusalOf(link: LinkRow, { approval, person }: Involved): Refusal | undefined {
  if (link.isExpired) return expired;
  if (approval === undefined) return unknownLink;
  return ofApproval(link, approval) ?? ofPerson(link, approval, person);
}

/** What approvals answered, as a page says it. */
export function refusalOfError({ code, httpStatus, message }: DcmError): Refusal {
  if (code === 'PLAN_CHANGED') return planChanged;
  if (code === 'SELF_APPROVAL') return ownRequest;
  const isOurs = httpStatus >= 500;
  return {
    status: httpStatus,
    title: isOurs ? 'It is not certain that your answer was taken' : 'Your answer was refused',
    message: isOurs ? 'A part of DCM does not answer. Give the same answer again in a while: it counts once.' : message,
  };
}

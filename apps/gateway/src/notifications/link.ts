import type { Approval } from '@dcm/contracts';
import type { PersonWithRoles } from './person';

/** What a link's token follows from, together with the installation's key. */
export interface LinkSeed {
  readonly id: string;
  /** 32 random bytes. */
  readonly nonce: Buffer;
}

export type LinkDecision = 'approve' | 'reject';

/** What a link is bound to. */
export interface Bond {
  readonly id: string;
  readonly approvalId: string;
  readonly operationId: string;
  readonly tenantId: string;
  readonly level: number;
  readonly planHash: string;
  readonly principal: string;
  readonly email: string;
}

/** A mail that is to be sent now. */
export interface DueMail extends Bond, LinkSeed {
  readonly isExpired: boolean;
  /** This one counted. */
  readonly attempts: number;
}

/** A link as its page needs it. */
export interface LinkRow extends Bond {
  readonly isExpired: boolean;
  readonly decision: LinkDecision | null;
  readonly isRecorded: boolean;
}

/** What became of an attempt to send. */
export type MailEnd =
  { readonly state: 'sent' | 'dropped' } | { readonly state: 'failed' | 'pending'; readonly error: string };

/** The approval and the person that a link is bound to, as they are now; undefined where there is none any more. */
export interface Involved {
  readonly approval: Approval | undefined;
  readonly person: PersonWithRoles | undefined;
}

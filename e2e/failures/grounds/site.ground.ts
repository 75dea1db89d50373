import type { RunningDemoSite } from '../../../tools/src/stack/demo/demo.site';

/** What every call to a hypervisor can meet: no answer, an answer that says no, an answer that comes late. */
export const disturbances = ['hang', '503', 'slow'] as const;
export type Disturbance = (typeof disturbances)[number];

/** How late an answer of a slow hypervisor is: callers that wait for 1.5 s may give up. */
export const lateMs = 1_200;

/** The way from a platform's provisioners to its hypervisor, on which things go wrong. */
export interface Wire {
  /** How many calls, and connections, something has gone wrong with. */
  readonly troubled: number;
  /** The next calls that make, switch, change and remove VMs have their effect, and the answer to some of each is lost. */
  loseAnswers(): void;
  /** @returns what puts it right again. */
  disturb(how: Disturbance): () => void;
  /** Of every open connection the peer is silently gone; new ones work. */
  loseConnections(): void;
  /** Nothing goes wrong any more. */
  mend(): void;
}

/** A hypervisor of the campaign. It stays up: what dies are the processes that work on it. */
export interface SiteGround extends RunningDemoSite {
  readonly wire: Wire;
  /** The provisioners' account loses what it may see there. @returns what gives it back. */
  loseRights(): Promise<() => Promise<void>>;
}

/** How many answers to each kind of change are lost. */
export const lostAnswers = 2;

/** Of each platform's site: calls must end as soon as the campaign's leases are short. */
export const limits = { callTimeoutMs: 1_500, maxConcurrent: 8 } as const;

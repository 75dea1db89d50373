import type { HypervisorReason, Operation, OperationId, SiteName, WaitingFor } from '@dcm/contracts';

/** All of it in one sentence for people; the time in UTC, to the minute. */
const sentenceOf = ({ detail, until, then }: WaitingFor): string =>
  `Waits for this: ${detail}. If it has not come about by ${until.slice(0, 16).replace('T', ' ')} UTC, ${then}.`;

export const withSentence = (waitingFor: WaitingFor): WaitingFor => ({
  ...waitingFor,
  sentence: sentenceOf(waitingFor),
});

const onExpiryText = {
  approve: 'it counts as approved',
  reject: 'it expires',
  escalate: 'the next level is asked',
} as const;

/** Whether a site rests because it refused DCM's login: until it is tried again, its adapter's circuit is open. */
export const isCircuitOpen = (cause: HypervisorReason | null): boolean => cause === 'INVALID_CREDENTIALS';

type Waiting = (...facts: never[]) => WaitingFor;

/** Why an operation does not move, until when, and what happens then; in words for people. Every `until` is acted on by the sweeper. */
export const waitFor = {
  plan: (site: SiteName, until: Date): WaitingFor => ({
    kind: 'plan',
    detail: `site ${site} checks what is asked`,
    until: until.toISOString(),
    then: 'the plan is asked for again',
  }),
  approval: (asked: string, until: Date, onExpiry: keyof typeof onExpiryText): WaitingFor => ({
    kind: 'approval',
    detail: `a decision by ${asked}`,
    until: until.toISOString(),
    then: onExpiryText[onExpiry],
  }),
  operation: (other: Operation, until: Date): WaitingFor => ({
    kind: 'operation',
    detail: `operation ${other.id} (${other.kind}) ends`,
    until: until.toISOString(),
    then: 'it expires',
  }),
  lead: (first: OperationId, count: number, until: Date): WaitingFor => ({
    kind: 'operation',
    detail: `operation ${first} is planned and decided, for all ${count} VMs of the request at once`,
    until: until.toISOString(),
    then: 'it expires',
  }),
  capacity: (site: SiteName, until: Date): WaitingFor => ({
    kind: 'capacity',
    detail: `its turn on site ${site}`,
    until: until.toISOString(),
    then: 'it expires',
  }),
  cap: (site: SiteName, until: Date): WaitingFor => ({
    kind: 'cap',
    detail: `a place on site ${site}, where as many operations run as its cap allows`,
    until: until.toISOString(),
    then: 'it expires',
  }),
  circuit: (site: SiteName, cause: string, until: Date, then = 'the login is tried again'): WaitingFor => ({
    kind: 'circuit',
    detail: `site ${site} lets DCM log in, which is not tried meanwhile: ${cause}`,
    until: until.toISOString(),
    then,
  }),
  guest: (name: string, step: string, until: Date): WaitingFor => ({
    kind: 'guest',
    detail: `the guest of VM ${name} does what it was asked: ${step}`,
    until: until.toISOString(),
    then: 'it is stopped',
  }),
  site: (site: SiteName, detail: string, until: Date, then = 'it is tried again'): WaitingFor => ({
    kind: 'site',
    detail: `site ${site} ${detail}`,
    until: until.toISOString(),
    then,
  }),
  claim: (site: SiteName, until: Date): WaitingFor => ({
    kind: 'worker',
    detail: `a provisioner of site ${site} takes it`,
    until: until.toISOString(),
    then: 'it is sent again',
  }),
  worker: (site: SiteName, until: Date): WaitingFor => ({
    kind: 'worker',
    detail: `a provisioner of site ${site} works on it`,
    until: until.toISOString(),
    then: 'it is stopped',
  }),
  stop: (site: SiteName, until: Date): WaitingFor => ({
    kind: 'worker',
    detail: `the provisioner of site ${site} stops as soon as that is safe`,
    until: until.toISOString(),
    then: 'it ends and the VM is looked for',
  }),
  retry: (reason: string, until: Date): WaitingFor => ({
    kind: 'retry',
    detail: reason,
    until: until.toISOString(),
    then: 'it is tried again',
  }),
} as const satisfies Record<string, Waiting>;

/** What an operation waits for that failed of its whole site. */
export const waitForRest = (
  site: SiteName,
  { reason, message }: { readonly reason: HypervisorReason; readonly message: string },
  until: Date,
): WaitingFor =>
  isCircuitOpen(reason)
    ? waitFor.circuit(site, message, until)
    : waitFor.site(site, `does not answer: ${message}`, until);

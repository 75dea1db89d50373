/**
 * Every named place at which a process can be made to die, and what has just happened, or not yet, there. `work.step` is
 * followed by the step that the adapter names: `work.step.clone`.
 */
export const failpoints = {
  'gateway.accept.before': 'a request came over HTTP and is not committed',
  'gateway.accept.committed': 'a request is committed, its caller has no answer',
  'gateway.projection.before': 'events were taken and are not in the read model',
  'gateway.projection.committed': 'events are in the read model and not acked',
  'gateway.resend.committed': 'a request that no event confirmed stands in the outbox again',
  'gateway.catch-up.read': 'a page of the journal was read and not applied',
  'outbox.taken': 'messages of the outbox are in hand and not published',
  'outbox.confirmed': 'the broker confirmed messages that still stand in the outbox',
  'outbox.deleted': 'confirmed messages are gone from the outbox',
  'create.before': 'create requests are written and not committed',
  'create.committed': 'create requests are committed and not acked',
  'change.before': 'a request to change a VM is written and not committed',
  'change.committed': 'a request to change a VM is committed and not acked',
  'cancel.committed': 'a cancellation is committed and not answered',
  'journal.placed': 'journal rows have their positions and were not published',
  'journal.published': 'the broker confirmed events that are not marked as published',
  'journal.marked': 'events are marked as published',
  'dispatch.before': 'attempts are written and not committed',
  'dispatch.committed': 'attempts are committed, their commands wait in the outbox',
  'dispatch.refilled': 'the place of what ended is given to another attempt, and neither is committed',
  'claim.before': 'a claim is decided on and not committed',
  'claim.committed': 'a claim is committed, its worker has no answer',
  'lease.renewed': 'a lease is renewed, its worker has no answer',
  'fact.before': "a provisioner's report is decided on and not committed",
  'fact.committed': "a provisioner's report is committed and not acked",
  'sweep.beat': 'the sweeper has put the leases right and not looked at anything',
  'sweep.before': 'what the sweeper decided is written and not committed',
  'sweep.committed': 'what the sweeper decided is committed, a round is not over',
  'work.received': 'a command was received and not claimed',
  'work.claimed': 'a command is claimed and nothing was done',
  'work.mutation': 'a changing call is allowed and not made',
  'work.sent': 'a changing call was answered, its task is not noted',
  'work.noted': 'the task of a changing call is noted',
  'work.step': 'the adapter begins a step: find, clone, create, reconfigure, power-on, power-off, read-back, …',
  'work.ended': 'the work is done and was not told',
  'work.told': 'the end of the work was told, its command is not acked',
  'read.answered': 'the hypervisor was read and that was not told',
  'read.told': 'what was read was told, its command is not acked',
} as const;

/** The name of a place in the code; see {@link failpoints}. */
export type Failpoint = keyof typeof failpoints;

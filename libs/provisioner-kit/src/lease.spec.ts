import { DcmError, type ClaimVerdict } from '@dcm/contracts';
import { createLog } from '@dcm/runtime';
import { Lease, type LeaseOptions, type Verb } from './lease';
import { eventually } from './testing/expectations';

const log = createLog('test', 'silent');

/** Approvals, played by the test: it answers with what stands in `answers`, and is silent when that is nothing. */
class Approvals {
  readonly asked: Verb[] = [];
  answer: ClaimVerdict | undefined = { verdict: 'go', leaseMs: 60 };

  readonly ask = (verb: Verb): Promise<ClaimVerdict> => {
    this.asked.push(verb);
    return this.answer === undefined
      ? Promise.reject(new DcmError('UNAVAILABLE', 'nobody answers'))
      : Promise.resolve(this.answer);
  };
}

async function claim(approvals: Approvals, options: Partial<LeaseOptions> = {}): Promise<Lease> {
  const lease = await Lease.claim({ ask: approvals.ask, silenceMs: 1_000, log, ...options });
  if (!(lease instanceof Lease)) throw new Error(`the claim was refused: ${lease.reason}`);
  return lease;
}

describe('a lease', () => {
  let approvals: Approvals;
  let leases: Lease[];

  beforeEach(() => {
    approvals = new Approvals();
    leases = [];
  });

  afterEach(() => {
    for (const lease of leases) lease.release();
  });

  const held = async (options: Partial<LeaseOptions> = {}): Promise<Lease> => {
    const lease = await claim(approvals, options);
    leases.push(lease);
    return lease;
  };

  it('is renewed before its time is over, again and again', async () => {
    approvals.answer = { verdict: 'go', leaseMs: 600 };
    const lease = await held();
    await eventually(
      () => Promise.resolve(approvals.asked.filter((verb) => verb === 'renew').length >= 6),
      'six renewals',
    );
    expect(lease.refusal()).toBeUndefined();
    expect(approvals.asked[0]).toBe('claim');
  });

  it('is renewed no more once it is released', async () => {
    const lease = await held();
    lease.release();
    const asked = approvals.asked.length;
    const other = await held();
    await eventually(() => Promise.resolve(approvals.asked.length >= asked + 4), 'renewals of the other lease');
    other.release();
    expect(approvals.asked.slice(asked).filter((verb) => verb === 'claim')).toHaveLength(1);
  });

  it('is over for a process that was paused, before any timer has fired', async () => {
    let now = 0;
    approvals.answer = { verdict: 'go', leaseMs: 45_000 };
    const lease = await held({ now: () => now, silenceMs: 30_000 });
    now = 29_999;
    expect(lease.refusal()).toBeUndefined();
    now = 30_000;
    expect(lease.refusal()).toMatchObject({ reason: 'CLAIM_LOST' });
  });

  it('is never longer than approvals gave it', async () => {
    let now = 0;
    approvals.answer = { verdict: 'go', leaseMs: 9_000 };
    const lease = await held({ now: () => now, silenceMs: 30_000 });
    now = 9_000;
    expect(lease.refusal()).toMatchObject({ reason: 'CLAIM_LOST' });
  });

  it('is counted from the question, not from a late answer', async () => {
    let now = 0;
    const slow: LeaseOptions['ask'] = () => {
      now = 5_000;
      return Promise.resolve({ verdict: 'go', leaseMs: 9_000 });
    };
    const lease = await held({ ask: slow, now: () => now, silenceMs: 30_000 });
    now = 9_000;
    expect(lease.refusal()).toMatchObject({ reason: 'CLAIM_LOST' });
  });

  it('is renewed at once when it was answered late', async () => {
    let now = 0;
    approvals.answer = { verdict: 'go', leaseMs: 60_000 };
    const slow: LeaseOptions['ask'] = (verb) => {
      now += verb === 'claim' ? 25_000 : 0;
      return approvals.ask(verb);
    };
    await held({ ask: slow, now: () => now });
    await eventually(() => Promise.resolve(approvals.asked.includes('renew')), 'a renewal');
  });

  it('is lost in silence, without aborting what only waits, and holds again when approvals answers again', async () => {
    const lease = await held();
    approvals.answer = undefined;
    await eventually(() => Promise.resolve(lease.refusal()?.reason === 'CLAIM_LOST'), 'the lease is lost');
    expect(lease.signal.aborted).toBe(false);
    expect(lease.isDropped).toBe(false);
    approvals.answer = { verdict: 'go', leaseMs: 10_000 };
    await eventually(() => Promise.resolve(lease.refusal() === undefined), 'the lease holds again');
  });

  it('aborts as cancelled when told to stop', async () => {
    const lease = await held();
    approvals.answer = { verdict: 'stop', reason: 'a person cancelled it' };
    await eventually(() => Promise.resolve(lease.signal.aborted), 'the signal aborts');
    expect(lease.refusal()).toEqual({ reason: 'CANCELLED', message: 'a person cancelled it' });
    expect(lease.isDropped).toBe(false);
  });

  it('aborts and is forgotten when told to drop', async () => {
    const lease = await held();
    approvals.answer = { verdict: 'drop', reason: 'attempt 2 is at work' };
    await eventually(() => Promise.resolve(lease.signal.aborted), 'the signal aborts');
    expect(lease.refusal()).toEqual({ reason: 'CLAIM_LOST', message: 'attempt 2 is at work' });
    expect(lease.isDropped).toBe(true);
  });

  it('is not given when approvals says something else', async () => {
    approvals.answer = { verdict: 'drop', reason: 'not known' };
    await expect(Lease.claim({ ask: approvals.ask, silenceMs: 1_000, log })).resolves.toEqual(approvals.answer);
  });

  it('asks again until there is an answer', async () => {
    approvals.answer = undefined;
    const claiming = claim(approvals);
    await eventually(() => Promise.resolve(approvals.asked.length >= 2), 'a second question');
    approvals.answer = { verdict: 'go', leaseMs: 1_000 };
    leases.push(await claiming);
  });

  it('is unavailable when nobody answers in time', async () => {
    approvals.answer = undefined;
    await expect(Lease.claim({ ask: approvals.ask, silenceMs: 50, log })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('is not asked for again when the process closes', async () => {
    approvals.answer = undefined;
    const claiming = Lease.claim({ ask: approvals.ask, silenceMs: 30_000, log, isClosing: () => true });
    await expect(claiming).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(approvals.asked).toEqual(['claim']);
  });
});

import type { HypervisorError } from '@dcm/contracts';
import { type ClaimVerdict, type DeleteCommand } from '@dcm/contracts';
import { createLog } from '@dcm/runtime';
import { Lease } from '../lease';
import type { Progress } from '../progress';
import { eventually } from '../testing/expectations';
import { aCommand } from '../testing/a-command';
import { WorkerContext } from './worker-context';

const log = createLog('test', 'silent');

describe('an operation context', () => {
  let verdict: ClaimVerdict;
  let progress: Progress[];
  let contexts: WorkerContext[];
  let leases: Lease[];

  beforeEach(() => {
    verdict = { verdict: 'go', leaseMs: 30_000 };
    progress = [];
    contexts = [];
    leases = [];
  });

  afterEach(() => {
    for (const ctx of contexts) ctx.close();
    for (const lease of leases) lease.release();
  });

  /** From now on claims are renewed often, so that the next verdict is heard soon. */
  const renewOften = (): void => {
    verdict = { verdict: 'go', leaseMs: 60 };
  };

  async function open(command: Partial<DeleteCommand> = {}): Promise<WorkerContext> {
    const lease = await Lease.claim({ ask: () => Promise.resolve(verdict), silenceMs: 5_000, log });
    if (!(lease instanceof Lease)) throw new Error('refused');
    const sendProgress = (one: Progress): Promise<void> => {
      progress.push(one);
      return Promise.resolve();
    };
    const ctx = new WorkerContext({ command: aCommand(command), lease, sendProgress, receivedAt: performance.now() });
    contexts.push(ctx);
    leases.push(lease);
    return ctx;
  }

  const refusalOf = (ctx: WorkerContext): HypervisorError | undefined => {
    try {
      ctx.assertMayMutate();
      return undefined;
    } catch (error) {
      return error as HypervisorError;
    }
  };

  it('allows changes while the claim holds', async () => {
    const ctx = await open();
    expect(refusalOf(ctx)).toBeUndefined();
    expect(ctx.mayHaveMutated).toBe(true);
  });

  it('forbids changes once approvals says stop, and knows whether one may have been made', async () => {
    const granting = await open();
    granting.assertMayMutate();
    expect(granting.refusal('CANCELLED', 'cancelled')).toMatchObject({ effect: 'UNKNOWN' });
    renewOften();
    const untouched = await open();
    verdict = { verdict: 'stop', reason: 'cancelled' };
    await eventually(() => Promise.resolve(untouched.signal.aborted), 'it is stopped');
    expect(refusalOf(untouched)).toMatchObject({ reason: 'CANCELLED', effect: 'NONE' });
    expect(untouched.signal.reason).toMatchObject({ reason: 'CANCELLED', effect: 'NONE' });
  });

  it('forbids changes to a copy that is dropped', async () => {
    renewOften();
    const ctx = await open();
    verdict = { verdict: 'drop', reason: 'attempt 2 is at work' };
    await eventually(() => Promise.resolve(ctx.signal.aborted), 'it is dropped');
    expect(refusalOf(ctx)).toMatchObject({ reason: 'CLAIM_LOST' });
  });

  it('aborts and forbids changes when its time is used up', async () => {
    const ctx = await open({ budgetMs: 30 });
    expect(ctx.remainingMs()).toBeLessThanOrEqual(30);
    await eventually(() => Promise.resolve(ctx.signal.aborted), 'its time is used up');
    expect(ctx.remainingMs()).toBe(0);
    expect(refusalOf(ctx)).toMatchObject({ reason: 'BUDGET_EXHAUSTED', effect: 'NONE' });
  });

  it('carries the resume token of the attempt before, and an empty one is none', async () => {
    expect((await open({ resume: 'task-7' })).resume).toBe('task-7');
    expect((await open({ resume: '' })).resume).toBeUndefined();
    expect((await open()).resume).toBeUndefined();
  });

  it('tells a checkpoint with the progress and keeps it for the end', async () => {
    const ctx = await open({ resume: 'task-7' });
    expect(ctx.lastCheckpoint).toBe('task-7');
    ctx.progress(10, 'creating');
    ctx.checkpoint('task-8');
    await eventually(() => Promise.resolve(progress.length === 1), 'one fact for both');
    expect(progress[0]).toEqual({ percent: 10, step: 'creating', resume: 'task-8' });
    expect(ctx.lastCheckpoint).toBe('task-8');
  });
});

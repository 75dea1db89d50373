import { HypervisorError, OperationYielded, type ClaimVerdict } from '@dcm/contracts';
import { createLog } from '@dcm/runtime';
import { Lease } from '../lease';
import type { Site } from '../site';
import { aCommand } from '../testing/a-command';
import { eventually } from '../testing/expectations';
import { attempt, outcomeOf, stoppedBeforeBegin, type EndFact } from './attempt';
import type { Work, WorkResult } from './work.commands';
import { WorkerContext } from './worker-context';

const log = createLog('test', 'silent');
const done: WorkResult = { status: null, outcome: 'deleted' };

describe('one attempt', () => {
  let verdict: ClaimVerdict;
  let lease: Lease;
  let ctx: WorkerContext;
  let isClosing: boolean;
  const command = aCommand();

  async function begin(leaseMs: number): Promise<void> {
    verdict = { verdict: 'go', leaseMs };
    const claimed = await Lease.claim({ ask: () => Promise.resolve(verdict), silenceMs: 30_000, log });
    if (!(claimed instanceof Lease)) throw new Error('refused');
    lease = claimed;
    const sendProgress = (): Promise<void> => Promise.resolve();
    ctx = new WorkerContext({ command, lease, sendProgress, receivedAt: performance.now() });
  }

  function end(): void {
    ctx.close();
    lease.release();
  }

  beforeEach(async () => {
    isClosing = false;
    await begin(30_000);
  });

  afterEach(end);

  const run = (carryOut: Work['carryOut']): Promise<EndFact | undefined> => {
    const work: Work = { kind: 'delete', command, carryOut };
    return attempt({ site: {} as Site, work, ctx, lease, isClosing: () => isClosing, log });
  };
  const failing = (error: Error): Promise<EndFact | undefined> => run(() => Promise.reject(error));
  /** Begins anew with a claim that is renewed often, and lets approvals end it. */
  const endOf = async (next: ClaimVerdict): Promise<void> => {
    end();
    await begin(60);
    verdict = next;
    await eventually(() => Promise.resolve(ctx.signal.aborted), 'the verdict is heard');
  };

  it('tells its success under an id that is the same each time', async () => {
    const fact = await run(() => Promise.resolve(done));
    expect(fact).toMatchObject({
      id: `${command.operationId}/1/io.dcm.fact.succeeded.v1`,
      type: 'io.dcm.fact.succeeded.v1',
      body: { operationId: command.operationId, attempt: 1, instanceId: command.instanceId, ...done },
    });
    expect(outcomeOf(fact)).toBe('succeeded');
  });

  it("tells an adapter's error with its effect, and the last checkpoint", async () => {
    ctx.checkpoint('task-7');
    const error = new HypervisorError('STORAGE_FULL', 'the storage is full', { effect: 'PARTIAL' });
    expect(await failing(error)).toMatchObject({
      type: 'io.dcm.fact.failed.v1',
      body: { error: { reason: 'STORAGE_FULL', effect: 'PARTIAL' }, resume: 'task-7' },
    });
  });

  it('knows nothing of the effect of a defect', async () => {
    expect(await failing(new TypeError('x is undefined'))).toMatchObject({
      body: { error: { reason: 'PLATFORM_ERROR', effect: 'UNKNOWN' } },
    });
  });

  it('tells that the work goes on in another message', async () => {
    expect(await failing(new OperationYielded('task-7'))).toMatchObject({
      type: 'io.dcm.fact.yielded.v1',
      body: { resume: 'task-7' },
    });
  });

  it('tells nothing when the claim is lost', async () => {
    expect(await failing(new HypervisorError('CLAIM_LOST', 'lost', { effect: 'UNKNOWN' }))).toBeUndefined();
  });

  it.each([
    ['fails', () => Promise.reject(new TypeError('aborted'))],
    [
      'fails for a reason of its own',
      () => Promise.reject(new HypervisorError('STORAGE_FULL', 'full', { effect: 'NONE' })),
    ],
    ['succeeds', () => Promise.resolve(done)],
  ])('tells nothing of a copy that was dropped, when it %s', async (_end, carryOut) => {
    await endOf({ verdict: 'drop', reason: 'attempt 2 is at work' });
    const fact = await run(carryOut);
    expect(fact).toBeUndefined();
    expect(outcomeOf(fact)).toBe('dropped');
  });

  it('tells what is when it was stopped: an error of whatever kind is a cancellation', async () => {
    await endOf({ verdict: 'stop', reason: 'a person cancelled it' });
    expect(await failing(new DOMException('This operation was aborted', 'AbortError'))).toMatchObject({
      body: { error: { reason: 'CANCELLED', effect: 'NONE' } },
    });
  });

  it('tells a success that came in spite of a stop', async () => {
    await endOf({ verdict: 'stop', reason: 'a person cancelled it' });
    expect(await run(() => Promise.resolve(done))).toMatchObject({ type: 'io.dcm.fact.succeeded.v1' });
  });

  it('hands its work on when the process closes', async () => {
    ctx.checkpoint('task-7');
    isClosing = true;
    ctx.interrupt(ctx.refusal('CLAIM_LOST', 'the provisioner shuts down'));
    expect(await failing(ctx.signal.reason as Error)).toMatchObject({
      type: 'io.dcm.fact.yielded.v1',
      body: { resume: 'task-7' },
    });
  });

  it('is cancelled without effect when it was stopped before it began', () => {
    const work: Work = { kind: 'delete', command, carryOut: () => Promise.resolve(done) };
    expect(stoppedBeforeBegin(work, { verdict: 'stop', reason: 'a person cancelled it' })).toMatchObject({
      type: 'io.dcm.fact.failed.v1',
      body: { error: { reason: 'CANCELLED', effect: 'NONE', message: 'a person cancelled it' } },
    });
  });
});

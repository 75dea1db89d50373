import type { Fact } from '@dcm/contracts';
import { aChange, anOperation, aRunning, aSite, aSuccess, createId, inMs, now } from '../../test/scene.builder';
import { attemptProgressed, isNews } from './progress.policy';

const progress = (
  percent: number,
  step: string,
  fields: { attempt?: number; resume?: string; waitsFor?: 'guest' } = {},
): Fact<'io.dcm.fact.progress.v1'> => {
  const { site, platform, worker, operationId, instanceId, attempt } = aSuccess();
  return { site, platform, worker, operationId, instanceId, attempt, percent, step, ...fields };
};
const cloning = (updatedMsAgo: number, fields = {}): ReturnType<typeof aRunning> =>
  aRunning({ step: 'cloning', percent: 40, updatedAt: inMs(-updatedMsAgo).toISOString() }, fields);

describe('progress policy', () => {
  it('tells a new step at once, and a percent at most twice a second', () => {
    expect(isNews(cloning(0), progress(40, 'booting'), now)).toBe(true);
    expect(isNews(cloning(499), progress(41, 'cloning'), now)).toBe(false);
    expect(isNews(cloning(500), progress(41, 'cloning'), now)).toBe(true);
    expect(isNews(cloning(9_000), progress(40, 'cloning'), now)).toBe(false);
  });

  it('never falls and is never done before the end', () => {
    const percents = [20, 100].map((percent) => {
      const change = aChange({ operations: [cloning(0)] });
      attemptProgressed(change, createId, progress(percent, 'booting'));
      return change.operation(createId).doc.percent;
    });
    expect(percents).toEqual([40, 99]);
  });

  it('says that the guest is waited for, as long as it is, and not once the worker is told to stop', () => {
    const change = aChange({ operations: [cloning(0)] });
    const kind = (): string | undefined => change.operation(createId).doc.waitingFor?.kind;
    attemptProgressed(change, createId, progress(50, 'shut-down', { waitsFor: 'guest' }));
    expect(change.operation(createId).doc.waitingFor).toMatchObject({
      kind: 'guest',
      detail: expect.stringContaining('shut-down') as string,
      until: change.operation(createId).doc.deadlineAt,
      then: 'it is stopped',
    });
    attemptProgressed(change, createId, progress(60, 'read-back'));
    expect(kind()).toBe('worker');
    const stopping = {
      ...cloning(0),
      stop: { state: 'cancelled', error: { code: 'CANCELLED', message: 'x' } },
    } as const;
    const other = aChange({ operations: [stopping] });
    attemptProgressed(other, createId, progress(50, 'shut-down', { waitsFor: 'guest' }));
    expect(other.operation(createId).doc.waitingFor).toEqual(stopping.doc.waitingFor);
  });

  it.each([
    ['no pause of the site by a step: it begins before the hypervisor has answered', 'started', null],
    ['the pause by a percent that grows within a step: only the hypervisor knows it', 'clone', { kind: 'resume' }],
  ])('ends %s', (_what, step, gate) => {
    const site = aSite({ pausedUntil: inMs(-1), pauses: 3 });
    const running = aRunning({ step, percent: 10, updatedAt: inMs(-9_000).toISOString() });
    const change = aChange({ site, operations: [running] });
    attemptProgressed(change, createId, progress(11, 'clone', { resume: 'task-1' }));
    expect(change.operation(createId)).toMatchObject({ doc: { step: 'clone', percent: 11 }, resume: 'task-1' });
    expect(change.gate).toEqual(gate);
  });

  it('keeps a checkpoint without telling it', () => {
    const change = aChange({ operations: [cloning(0)] });
    attemptProgressed(change, createId, progress(41, 'cloning', { resume: 'task-1' }));
    expect(change.operation(createId).resume).toBe('task-1');
    expect(change.entries).toEqual([]);
    expect(isNews(cloning(0, { resume: 'task-1' }), progress(41, 'cloning', { resume: 'task-1' }), now)).toBe(false);
  });

  it.each([
    ['another attempt', cloning(9_000), { attempt: 2 }],
    ['an operation that does not run', anOperation({ attempt: 1 }), {}],
    ['an operation that has ended', anOperation({ state: 'failed', attempt: 1 }), {}],
  ])('ignores %s', (_what, operation, fields) => {
    const fact = progress(90, 'booting', { ...fields, resume: 'x' });
    expect(isNews(operation, fact, now)).toBe(false);
    const change = aChange({ operations: [operation] });
    attemptProgressed(change, createId, fact);
    expect([change.entries, change.changedOperations]).toEqual([[], []]);
  });
});

import { isFinal, mergeTaskChanges, readChanges, readTaskInfo } from './task.info';

describe('a task’s properties', () => {
  it('are read by path; one without a readable state counts as queued', () => {
    expect(readTaskInfo({})).toMatchObject({ state: 'queued', progress: undefined, cancelable: false });
    expect(readTaskInfo({ 'info.state': 'melted' }).state).toBe('queued');
    expect(readTaskInfo({ 'info.state': 'running', 'info.progress': 40 })).toMatchObject({
      state: 'running',
      progress: 40,
    });
  });

  it.each([
    ['queued', false],
    ['running', false],
    ['success', true],
    ['error', true],
  ])('say of the state %s whether it is final', (state, final) => {
    expect(isFinal(readTaskInfo({ 'info.state': state }))).toBe(final);
  });

  it('keep the first final state when older ones are replayed after it', () => {
    const ended = mergeTaskChanges({ 'info.state': 'running' }, { 'info.state': 'success' });
    expect(mergeTaskChanges(ended, { 'info.state': 'running', 'info.result': 'late' })).toEqual({
      'info.state': 'success',
      'info.result': 'late',
    });
  });

  it('keep the first final state also within one set of changes', () => {
    const states = ['running', 'error', 'success', 'running'];
    const changes = states.map((val) => ({ name: 'info.state', op: 'assign', val }));
    expect(readChanges(changes)).toEqual({ 'info.state': 'error' });
  });
});

import { isLeftover, shellName, type LeftoverRule } from './leftovers.policy';

const own = { machine: 'aaaaaaaaaaaa', pid: 100, started: '5' };
const rule = (ended: boolean | undefined): LeftoverRule => ({
  clientName: 'dcm',
  own,
  hasEnded: () => ended,
  abandonedAfterMs: 100_000,
});
const earlier = shellName('dcm', { machine: 'aaaaaaaaaaaa', pid: 99, started: '4' });
const silent = 10_000_000;

describe('whether a shell was left over', () => {
  it('is sure of one whose process has ended', () => {
    expect(isLeftover({ id: 'A', name: earlier, inactivityMs: 0 }, rule(true))).toBe(true);
  });

  it('is sure that one of a living process was not, however silent it is', () => {
    expect(isLeftover({ id: 'A', name: earlier, inactivityMs: silent }, rule(false))).toBe(false);
  });

  it.each([
    [100_001, true],
    [100_000, false],
    [undefined, false],
  ])('goes by the silence of %s ms where the process cannot be seen', (inactivityMs, left) => {
    const shell = { id: 'A', name: earlier, ...(inactivityMs === undefined ? {} : { inactivityMs }) };
    expect(isLeftover(shell, rule(undefined))).toBe(left);
  });

  it.each([
    ['its own', shellName('dcm', own)],
    ["another client's", shellName('dcm2', { ...own, pid: 99 })],
    ['one that begins like its own', `${earlier}/more`],
    ['one with a strange process', 'dcm/aaaaaaaaaaaa/-1/4'],
    ['one with half a name', 'dcm/aaaaaaaaaaaa'],
    ['one that PowerShell opened', 'WinRM1'],
    ['one without a name', undefined],
  ])('never touches %s', (_what, name) => {
    const shell = { id: 'A', inactivityMs: silent, ...(name === undefined ? {} : { name }) };
    expect(isLeftover(shell, rule(true))).toBe(false);
    expect(isLeftover(shell, rule(undefined))).toBe(false);
  });

  it('takes a process with the same id and another start for another process', () => {
    const reused = shellName('dcm', { ...own, started: '4' });
    expect(isLeftover({ id: 'A', name: reused, inactivityMs: 0 }, rule(true))).toBe(true);
  });
});

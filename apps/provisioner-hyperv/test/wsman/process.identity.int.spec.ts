import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hasEnded, ownIdentity } from '../../src/wsman/process.identity';

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('the identity of a process', () => {
  it('knows itself to live', () => {
    expect(hasEnded(ownIdentity())).toBe(false);
  });

  it('knows another process to live, and then to have ended', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const stat = readFileSync(`/proc/${child.pid!}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
    const other = { machine: ownIdentity().machine, pid: child.pid!, started };
    expect(hasEnded(other)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(hasEnded(other)).toBe(true);
  });

  it('takes a process that started at another time for another', () => {
    expect(hasEnded({ ...ownIdentity(), started: '1' })).toBe(true);
  });

  it('cannot tell of another machine, nor of one that has no name', () => {
    expect(hasEnded({ ...ownIdentity(), machine: 'bbbbbbbbbbbb' })).toBeUndefined();
    expect(hasEnded({ ...ownIdentity(), machine: '-' })).toBeUndefined();
  });
});

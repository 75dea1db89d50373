import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { readContext } from '@dcm/provisioner-kit/testing';
import { readFileSync } from 'node:fs';
import { shellName } from '../src/wsman/leftovers.policy';
import { ownIdentity } from '../src/wsman/process.identity';
import { USERNAME } from './a.site';
import { Simulator } from './simulator';

describe('shells', () => {
  let simulator: Simulator;
  const names = (): (string | undefined)[] => simulator.front.service.shells.all().map(({ settings }) => settings.name);

  beforeAll(async () => {
    simulator = await Simulator.start();
  });
  afterAll(() => simulator.close());

  /** A provisioner of this machine that has opened a shell and is killed with -9. @returns the shell's name */
  async function killed(): Promise<string> {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    const name = shellName('dcm', { machine: ownIdentity().machine, pid, started });
    const settings = { owner: USERNAME, clientIp: '127.0.0.1', name, codePage: 65_001, environment: {} };
    simulator.front.service.shells.create({ ...settings, idleTimeoutMs: 600_000 });
    child.kill('SIGKILL');
    await once(child, 'exit');
    return name;
  }

  it('of a provisioner that was killed are gone after the next start, and none is left after its end', async () => {
    const left = await killed();
    expect(names()).toContain(left);
    const port = simulator.open();
    await port.describe(readContext());
    const endsAt = performance.now() + 10_000;
    while (names().includes(left) && performance.now() < endsAt) await pause(20);
    expect(names()).not.toContain(left);
    expect(names().length).toBeGreaterThan(0);
    await port.close();
    expect(names()).toEqual([]);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildVcsim, startVcsim, vcsimTarget, VcsimUnavailable } from '../vcsim';
import { describeWithPyvmomi, VcenterFixture } from './vcenter.fixture';

jest.setTimeout(120_000);

describeWithPyvmomi('a simulated vCenter with slow tasks and small pages', () => {
  const site = new VcenterFixture({
    vms: 0,
    taskDelaysMs: { CloneVM_Task: 400 },
    methodDelaysMs: { Rename_Task: 300 },
  });

  it('shows the effect of a slow task before its end', async () => {
    const task = await site.vcenter.run<string>('clone', { to: 'slow', wait: false });
    expect(await site.vcenter.run('names', { folder: 'dcm' })).toContain('slow');
    const states = await site.vcenter.run<string[]>('watch', { task });
    expect(states[0]).toBe('running');
    expect(states.at(-1)).toBe('success');
  });

  it('shows the objects of a filter that is created during a poll', async () => {
    expect(await site.vcenter.run('lateFilter', { vm: 'slow' })).toEqual(['success']);
  });

  it('delays the calls it is told to delay', async () => {
    const started = Date.now();
    await site.vcenter.run('rename', { vm: 'slow', to: 'slower' });
    expect(Date.now() - started).toBeGreaterThanOrEqual(300);
  });

  it('cuts answers into pages of the size the client wants', async () => {
    for (const to of ['p1', 'p2', 'p3']) await site.vcenter.run('clone', { to });
    const pages = await site.vcenter.run<string[][]>('pages', { size: 2 });
    expect(pages.map((page) => page.length)).toEqual([2, 2, 1]);
    expect(pages.flat().sort()).toEqual(['debian-12-template', 'p1', 'p2', 'p3', 'slower']);
  });
});

describeWithPyvmomi('a simulated vCenter of another size', () => {
  const templates = [{ name: 'big', cpus: 8, memoryMib: 16_384, diskGib: 100 }];
  const site = new VcenterFixture({ vms: 3, clusters: 2, standaloneHosts: 0, templates, vmFolder: '' });

  it('holds what was asked for', async () => {
    expect(await site.vcenter.run<string[]>('names')).toHaveLength(2 * 3 + 1);
    expect(await site.vm('big')).toMatchObject({ template: true, cpus: 8, memoryMib: 16_384 });
  });
});

describeWithPyvmomi('a simulated vCenter whose template has a snapshot', () => {
  const size = { cpus: 1, memoryMib: 512, diskGib: 4 };
  const site = new VcenterFixture({
    vms: 0,
    templates: [
      { name: 'debian-12-template', ...size },
      { name: 'snapped', ...size, snapshot: true },
    ],
  });
  const linked = { source: 'snapped', moveType: 'createNewChildDiskBacking' };

  it('makes linked clones of it, whose disks do not grow', async () => {
    await site.vcenter.run('clone', { to: 'linked', ...linked, atSnapshotOf: 'snapped' });
    const { disks } = await site.vm('linked');
    expect(disks).toMatchObject([
      { file: expect.stringContaining('linked/') as string, parent: expect.stringContaining('snapped/') as string },
    ]);
    expect((await site.vcenter.try('reconfigure', { vm: 'linked', diskGib: 8 })).fault).toBe('InvalidDeviceOperation');
    await site.vcenter.run('destroy', { vm: 'linked' });
    await site.vcenter.run('clone', { to: 'again', ...linked, atSnapshotOf: 'snapped' });
  });

  it('makes none without a snapshot, or with that of another VM', async () => {
    for (const snapshot of [{}, { source: 'debian-12-template', atSnapshotOf: 'snapped' }]) {
      const outcome = await site.vcenter.try('clone', { to: 'none', ...linked, ...snapshot });
      expect(outcome.fault).toBe('InvalidArgument');
    }
    expect(await site.vcenter.run('names', { folder: 'dcm' })).not.toContain('none');
  });

  it('makes one disk of a chain only when told to', async () => {
    await site.vcenter.run('clone', { to: 'linked-2', ...linked, atSnapshotOf: 'snapped' });
    await site.vcenter.run('clone', { to: 'chain', source: 'linked-2' });
    await site.vcenter.run('clone', { to: 'whole', source: 'linked-2', moveType: 'moveAllDiskBackingsAndConsolidate' });
    expect((await site.vm('chain')).disks[0]).toHaveProperty('parent');
    expect((await site.vm('whole')).disks[0]).not.toHaveProperty('parent');
  });
});

describe('the simulator program', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'dcm-vcsim-test-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const scratch = (pid: number): string[] =>
    [tmpdir(), '/dev/shm']
      .filter((place) => existsSync(place))
      .flatMap((place) => readdirSync(place))
      .filter((name) => name.startsWith(`dcm-vcsim-${pid}-`));
  async function until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + 5_000;
    while (!isSo() && Date.now() < deadline) await sleep(10);
    expect(isSo()).toBe(true);
  }
  function isAlive(pid: number): boolean {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  it('removes its folders when it is stopped', async () => {
    const vcsim = await startVcsim();
    expect(scratch(vcsim.pid)).toHaveLength(1);
    await vcsim.stop();
    expect(scratch(vcsim.pid)).toEqual([]);
  });

  it('removes the folders of a killed one', async () => {
    const killed = await startVcsim();
    process.kill(killed.pid, 'SIGKILL');
    await until(() => !isAlive(killed.pid));
    expect(scratch(killed.pid)).toHaveLength(1);
    const next = await startVcsim();
    expect(scratch(killed.pid)).toEqual([]);
    await next.stop();
  });

  it('ends when its parent has closed the pipe to it', async () => {
    const child = spawn(await buildVcsim(), ['-listen=127.0.0.1:0', '-die-with-parent'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.stdin.end();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  });

  it('outlives its parent when told to, writing to a file', async () => {
    const logFile = path.join(folder, 'log', 'vcsim.log');
    const vcsim = await startVcsim({ dieWithParent: false, logFile, tls: false });
    expect(readFileSync(logFile, 'utf8')).toMatch(new RegExp(`^READY ${vcsim.url} pid=${vcsim.pid}$`, 'm'));
    expect(vcsim).not.toHaveProperty('ca');
    await vcsim.stop();
    expect(isAlive(vcsim.pid)).toBe(false);
  });

  it('is built once however many ask', async () => {
    const programs = await Promise.all([buildVcsim(), buildVcsim(), buildVcsim()]);
    expect(new Set(programs).size).toBe(1);
    expect(existsSync(programs[0])).toBe(true);
  });

  it('says why it does not start', async () => {
    const first = await startVcsim();
    const port = Number(new URL(first.url).port);
    await expect(startVcsim({ port })).rejects.toThrow(/address already in use/);
    await expect(startVcsim({ port })).rejects.toThrow(VcsimUnavailable);
    await first.stop();
  });

  it('gives way to the vCenter that the environment names', async () => {
    const caFile = path.join(folder, 'ca.pem');
    writeFileSync(caFile, 'a certificate');
    const named = { VCSIM_URL: 'https://lab/sdk', VCSIM_USERNAME: 'u', VCSIM_PASSWORD: 'p', VCSIM_CA: caFile };
    Object.assign(process.env, named);
    try {
      expect(await vcsimTarget()).toMatchObject({
        url: 'https://lab/sdk',
        username: 'u',
        password: 'p',
        ca: 'a certificate',
      });
    } finally {
      for (const name of Object.keys(named)) Reflect.deleteProperty(process.env, name);
    }
  });
});

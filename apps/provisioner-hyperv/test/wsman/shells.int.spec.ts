import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Front, FrontOptions } from '../../../../sims/winrm/front/front';
import { connect, type Endpoint, type EndpointOptions } from '../../src/wsman';
import { shellName } from '../../src/wsman/leftovers.policy';
import { ownIdentity } from '../../src/wsman/process.identity';
import { aFront, anEndpoint, DOMAIN, entrance, failureOf, OTHER } from './stand';

const SEALED = 'NTLM-sealed over HTTP';

/** Another process, which has opened a shell as far as the server knows. */
async function leaver(
  front: Front,
  client = 'wsman-test',
): Promise<{ readonly shellId: string; readonly kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const stat = readFileSync(`/proc/${child.pid!}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
  const { machine } = ownIdentity();
  const shell = front.service.shells.create({
    owner: DOMAIN.name,
    clientIp: '127.0.0.1',
    name: shellName(client, { machine, pid: child.pid!, started }),
    idleTimeoutMs: 60_000,
    codePage: 65001,
    environment: {},
  });
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { shellId: shell.id, kill };
}

describe('the shells of a machine', () => {
  let front: Front;
  let endpoint: Endpoint;

  const open = async (options: Partial<FrontOptions> = {}, client: Partial<EndpointOptions> = {}): Promise<void> => {
    front = await aFront(options);
    endpoint = anEndpoint(front, SEALED, client);
  };

  afterEach(async () => {
    endpoint.close();
    await front.close();
  });

  it('waits for a free place, and no longer than it may', async () => {
    await open({ limits: { maxShellsPerUser: 1 } }, { quotaWaitMs: 3_000 });
    const first = await endpoint.openShell();
    const second = endpoint.openShell();
    setTimeout(() => void first.close(), 300);
    await (await second).close();
    front.limits.maxShellsPerUser = 0;
    const hasty = connect({ ...entrance(front, SEALED), quotaWaitMs: 0 });
    expect(await failureOf(hasty.openShell())).toMatchObject({ code: 'QUOTA', mayHaveActed: false });
    hasty.close();
  });

  it('takes a shell that is gone for deleted', async () => {
    await open();
    const shell = await endpoint.openShell();
    for (const one of front.service.shells.all()) front.service.shells.remove(one);
    await shell.close();
  });

  it('sees no shells of others', async () => {
    await open();
    const other = connect(entrance(front, SEALED, OTHER));
    const shell = await other.openShell();
    expect(await endpoint.shells()).toEqual([]);
    expect(await other.shells()).toHaveLength(1);
    await shell.close();
    other.close();
  });

  it('lists more shells than fit a page', async () => {
    await open({ limits: { maxShellsPerUser: 300 } });
    const settings = { owner: DOMAIN.name, clientIp: '', idleTimeoutMs: 60_000, codePage: 437, environment: {} };
    for (let count = 0; count < 201; count++) front.service.shells.create(settings);
    expect(await endpoint.shells()).toHaveLength(201);
  });

  it('finds and deletes what a killed process left, and nothing of living ones', async () => {
    await open();
    const mine = await endpoint.openShell();
    const stranger = connect({ ...entrance(front, SEALED), clientName: 'somebody-else' });
    const theirs = await stranger.openShell();
    const one = await leaver(front);
    const other = await leaver(front);
    const foreign = await leaver(front, 'somebody-else');
    try {
      expect(await endpoint.deleteLeftovers()).toEqual([]);
      await one.kill();
      await foreign.kill();
      expect(await endpoint.deleteLeftovers()).toEqual([one.shellId]);
      const still = front.service.shells.all().map(({ id }) => id);
      expect(still.sort()).toEqual([mine.id, theirs.id, other.shellId, foreign.shellId].sort());
    } finally {
      await Promise.all([one, other, foreign].map(({ kill }) => kill()));
      stranger.close();
    }
    expect(await endpoint.deleteLeftovers()).toEqual([other.shellId]);
  });
});

import { startFront, type Front } from '../front';
import { envelope, send, type RawAnswer } from './raw.client';
import { toys } from './toy.program';

const LOGIN = 'Administrator:L0cal:pass';
const SHELL = '<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams></rsp:Shell>';
const NOT_FOUND = 2150858843;

describe('the WS-Man endpoint', () => {
  let front: Front;

  beforeEach(async () => {
    front = await startFront({
      program: toys,
      accounts: [
        { name: 'Administrator', password: 'L0cal:pass' },
        { name: 'backup', password: 'other' },
      ],
      limits: { maxShellsPerUser: 2, maxProcessesPerShell: 1 },
    });
  });

  afterEach(() => front.close());

  const post = (body: string, login: string | null = LOGIN): Promise<RawAnswer> =>
    send({ url: front.https!.url, ca: front.https!.ca, body, ...(login === null ? {} : { login }) });
  const idIn = ({ text }: RawAnswer, tag: string): string => new RegExp(`<rsp:${tag}>([^<]+)<`).exec(text)?.[1] ?? '';
  const create = async (): Promise<string> => idIn(await post(envelope('Create', SHELL)), 'ShellId');
  const start = (shell: string, line: string): Promise<RawAnswer> =>
    post(envelope('Command', `<rsp:CommandLine><rsp:Command>${line}</rsp:Command></rsp:CommandLine>`, { shell }));
  const receive = (shell: string, command: string): Promise<RawAnswer> => {
    const wanted = `<rsp:Receive><rsp:DesiredStream CommandId="${command}">stdout stderr</rsp:DesiredStream></rsp:Receive>`;
    return post(envelope('Receive', wanted, { shell, timeout: 'PT0.2S' }));
  };

  it('tells strangers how to log in', async () => {
    const { status, headers } = await post(envelope('Create', SHELL), null);
    expect([status, headers['www-authenticate']]).toEqual([401, 'Negotiate, Basic realm="WSMAN"']);
  });

  it('is at one address, for POST only, and takes half a megabyte', async () => {
    const { url, ca } = front.https!;
    expect((await send({ url: url.replace('wsman', 'other'), ca, login: LOGIN })).status).toBe(404);
    expect((await send({ url, ca, login: LOGIN, method: 'GET' })).status).toBe(405);
    expect((await post('x'.repeat(512_001))).status).toBe(413);
  });

  it('takes no password without TLS, unless it is told to', async () => {
    const { url } = front.http!;
    const body = envelope('Create', SHELL);
    expect((await send({ url, login: LOGIN, body })).status).toBe(401);
    front.policy.allowUnencrypted = true;
    expect((await send({ url, login: LOGIN, body })).status).toBe(200);
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['half an envelope', envelope('Create', '<rsp:Shell>')],
    ['no envelope', '<a/>'],
  ])('answers %s as malformed', async (_what, body) => {
    expect(await post(body)).toMatchObject({ status: 400, fault: 2150858817 });
  });

  it('knows its actions and its resource', async () => {
    expect((await post(envelope('Fly', ''))).text).toContain('a:ActionNotSupported');
    expect((await post(envelope('Create', SHELL, { resource: 'urn:x' }))).text).toContain('a:DestinationUnreachable');
  });

  it('finds no shell or command that is not there, and denies those of others', async () => {
    const shell = await create();
    expect(await post(envelope('Delete', '', { shell: 'ABC' }))).toMatchObject({ status: 500, fault: NOT_FOUND });
    expect(await receive(shell, 'ABC')).toMatchObject({ fault: NOT_FOUND });
    expect(await post(envelope('Delete', '', { shell }), 'backup:other')).toMatchObject({ status: 500, fault: 5 });
    expect((await post(envelope('Delete', '', { shell }))).status).toBe(200);
    expect(await post(envelope('Delete', '', { shell }))).toMatchObject({ fault: NOT_FOUND });
  });

  it('keeps to its quotas, for each account', async () => {
    const shell = await create();
    await create();
    expect(await post(envelope('Create', SHELL))).toMatchObject({ status: 500, fault: 2150859173 });
    expect((await post(envelope('Create', SHELL), 'backup:other')).status).toBe(200);
    await start(shell, 'sleep');
    expect(await start(shell, 'sleep')).toMatchObject({ fault: 2150859241 });
  });

  it('says that nothing came, after as long as it was asked to wait', async () => {
    const shell = await create();
    const command = idIn(await start(shell, 'sleep'), 'CommandId');
    const from = performance.now();
    expect(await receive(shell, command)).toMatchObject({ status: 500, fault: 2150858793 });
    expect(performance.now() - from).toBeGreaterThanOrEqual(195);
  });

  it('runs no command line that is too long for cmd.exe', async () => {
    const shell = await create();
    const command = idIn(await start(shell, `echo ${'x'.repeat(8_190)}`), 'CommandId');
    const { text } = await receive(shell, command);
    expect(text).toContain(Buffer.from('The command line is too long.\r\n').toString('base64'));
    expect(text).toContain('<rsp:ExitCode>1</rsp:ExitCode>');
  });

  it('says that an ended program takes no input', async () => {
    const shell = await create();
    const command = idIn(await start(shell, 'echo done'), 'CommandId');
    await receive(shell, command);
    const stream = `<rsp:Send><rsp:Stream Name="stdin" CommandId="${command}">eA==</rsp:Stream></rsp:Send>`;
    expect(await post(envelope('Send', stream, { shell }))).toMatchObject({ fault: 109 });
  });

  it('ends commands by terminate and not by ctrl_c, and forgets them', async () => {
    const shell = await create();
    const command = idIn(await start(shell, 'sleep'), 'CommandId');
    const signal = (code: string): string =>
      `<rsp:Signal CommandId="${command}"><rsp:Code>http://schemas.microsoft.com/wbem/wsman/1/windows/shell/signal/${code}</rsp:Code></rsp:Signal>`;
    await post(envelope('Signal', signal('ctrl_c'), { shell }));
    expect(await receive(shell, command)).toMatchObject({ fault: 2150858793 });
    await post(envelope('Signal', signal('terminate'), { shell }));
    expect(await receive(shell, command)).toMatchObject({ fault: NOT_FOUND });
  });

  it('deletes a shell that nobody uses, and not one on which somebody waits', async () => {
    front.limits.idleTimeoutMs = 100;
    const shell = await create();
    const command = idIn(await start(shell, 'sleep'), 'CommandId');
    expect(await receive(shell, command)).toMatchObject({ fault: 2150858793 });
    expect(front.service.shells.all()).toHaveLength(1);
    await untilGone(front);
    expect(await receive(shell, command)).toMatchObject({ fault: NOT_FOUND });
  });

  it('ends a wait when its shell is deleted', async () => {
    const shell = await create();
    const command = idIn(await start(shell, 'sleep'), 'CommandId');
    const waiting = receive(shell, command);
    while ((front.stats.served.Receive ?? 0) === 0) await new Promise(setImmediate);
    await post(envelope('Delete', '', { shell }));
    expect(await waiting).toMatchObject({ fault: 995 });
  });
});

async function untilGone({ service }: Front): Promise<void> {
  while (service.shells.all().length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

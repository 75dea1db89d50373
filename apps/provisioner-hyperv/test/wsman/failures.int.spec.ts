import { selfSigned } from '../../../../sims/faults/certificate';
import type { Front, FrontOptions } from '../../../../sims/winrm/front/front';
import type { Mischief, Rule } from '../../../../sims/winrm/front/knobs';
import {
  basic,
  collect,
  ntlm,
  type Command,
  type Endpoint,
  type EndpointOptions,
  type Shell,
  type WsmanErrorCode,
} from '../../src/wsman';
import { aFront, anEndpoint, DOMAIN, failureOf, LOCAL } from './stand';

const SEALED = 'NTLM-sealed over HTTP';

/** An envelope without an answer in it. @param header XML, or nothing */
const envelope = (header: string): string =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><s:Header>${header}</s:Header><s:Body/></s:Envelope>`;

describe('when things go wrong', () => {
  let front: Front;
  let endpoint: Endpoint;

  const open = async (options: Partial<FrontOptions> = {}, client: Partial<EndpointOptions> = {}): Promise<void> => {
    front = await aFront(options);
    endpoint = anEndpoint(front, SEALED, { operationTimeoutMs: 500, answerGraceMs: 1_000, ...client });
  };
  const start = async (program: string, ...args: string[]): Promise<{ shell: Shell; command: Command }> => {
    const shell = await endpoint.openShell();
    return { shell, command: await shell.command({ program, arguments: args, deadlineMs: 20_000 }) };
  };
  const spoil = (on: Rule['on'], does: Mischief, rest: Partial<Rule> = {}): void => {
    front.knobs.add({ on, does, ...rest });
  };

  afterEach(async () => {
    endpoint.close();
    await front.close();
  });

  describe('with credentials', () => {
    it.each([
      ['Basic over TLS', basic({ username: LOCAL.name, password: 'wrong-secret' })],
      ['NTLM over TLS', ntlm({ username: DOMAIN.name, password: 'wrong-secret' })],
      [SEALED, ntlm({ username: DOMAIN.name, password: 'wrong-secret' })],
    ] as const)('tries refused ones exactly once by %s, also for many calls at once', async (way, authenticator) => {
      await open();
      endpoint.close();
      endpoint = anEndpoint(front, way, { authenticator });
      const calls = [endpoint.openShell(), endpoint.openShell(), endpoint.shells(), endpoint.openShell()];
      const failures = await Promise.all(calls.map(failureOf));
      expect(failures.map(({ code }) => code)).toEqual(Array(4).fill('CREDENTIALS_REFUSED'));
      expect(front.stats.refused).toBe(1);
      expect((await failureOf(endpoint.openShell())).code).toBe('CREDENTIALS_REFUSED');
      expect(front.stats.refused).toBe(1);
      expect(JSON.stringify(failures)).not.toContain('wrong-secret');
    });

    it('tries again when the back-off has passed', async () => {
      await open();
      endpoint.close();
      const authenticator = ntlm({ username: DOMAIN.name, password: 'wrong' });
      endpoint = anEndpoint(front, SEALED, { authenticator, refusalBackOffMs: 0 });
      await failureOf(endpoint.shells());
      await failureOf(endpoint.shells());
      expect(front.stats.refused).toBe(2);
    });

    it('knows users by their realm', async () => {
      await open();
      endpoint.close();
      const authenticator = ntlm({ username: DOMAIN.upn, password: DOMAIN.password });
      endpoint = anEndpoint(front, SEALED, { authenticator });
      await (await endpoint.openShell()).close();
    });

    it('says what is offered instead', async () => {
      await open({ policy: { negotiate: false } });
      expect(await failureOf(endpoint.shells())).toMatchObject({
        code: 'AUTHENTICATION_UNAVAILABLE',
        text: expect.stringContaining('it offers Basic') as string,
      });
    });

    it('never sends a password by Basic without TLS', async () => {
      await open();
      endpoint.close();
      endpoint = anEndpoint(front, SEALED, {
        authenticator: basic({ username: LOCAL.name, password: LOCAL.password }),
      });
      expect((await failureOf(endpoint.shells())).code).toBe('INVALID_OPTION');
      expect(front.stats.requests).toBe(0);
    });

    it('logs in afresh when the connection is no longer believed, and repeats what was refused once', async () => {
      await open();
      const { shell, command } = await start('cat');
      spoil('Send', { kind: 'UNAUTHORIZED' });
      await command.send(Buffer.from('once'), { end: true });
      expect((await collect(command)).stdout.toString()).toBe('once');
      spoil('Delete', { kind: 'UNAUTHORIZED' }, { times: 2 });
      expect((await failureOf(shell.close())).code).toBe('CREDENTIALS_REFUSED');
    });

    it('does without an integrity code where the server does not tell the time', async () => {
      await open({ sendTimestamp: false });
      await (await endpoint.openShell()).close();
      expect(front.stats.lastHandshake).toMatchObject({ hasMic: false, targetName: 'HTTP/127.0.0.1' });
    });
  });

  describe('with the server’s identity', () => {
    it.each<[string, WsmanErrorCode, (front: Front) => Partial<EndpointOptions>]>([
      ['another pin', 'TLS_REFUSED', () => ({ trust: { pinSha256: '00'.repeat(32) } })],
      ['no authority', 'TLS_REFUSED', () => ({ trust: {} })],
      ['plain HTTP behind https://', 'TLS_REFUSED', ({ http }) => ({ url: http!.url.replace('http:', 'https:') })],
      ['nobody there', 'UNREACHABLE', () => ({ url: 'https://127.0.0.1:1/wsman' })],
    ])('sends nothing with %s', async (_what, code, change) => {
      await open();
      endpoint.close();
      endpoint = anEndpoint(front, 'Basic over TLS', change(front));
      expect((await failureOf(endpoint.shells())).code).toBe(code);
      expect(front.stats.accepted.Basic + front.stats.refused).toBe(0);
    });
  });

  it('sends nothing to a server whose certificate is of another name', async () => {
    await open({ tls: selfSigned(['127.0.0.9']) });
    endpoint.close();
    endpoint = anEndpoint(front, 'Basic over TLS');
    expect((await failureOf(endpoint.shells())).code).toBe('TLS_REFUSED');
    expect(front.stats.requests).toBe(0);
  });

  describe('with answers', () => {
    it.each<[string, WsmanErrorCode, Mischief]>([
      ['larger than 8 MiB', 'OUTPUT_LOST', { kind: 'ANSWER', body: envelope(' '.repeat(8 * 1024 * 1024)) }],
      ['with a DOCTYPE', 'OUTPUT_LOST', { kind: 'ANSWER', body: '<!DOCTYPE a><a/>' }],
      ['that never come', 'OUTPUT_LOST', { kind: 'HANG' }],
      ['on a half-open connection', 'OUTPUT_LOST', { kind: 'HALF_OPEN' }],
      ['that trickle too slowly', 'OUTPUT_LOST', { kind: 'SLOW', bytesPerSecond: 50 }],
      ['cut off after they were made', 'OUTPUT_LOST', { kind: 'DROP_CONNECTION', when: 'AFTER' }],
      ['cut off before', 'OUTPUT_LOST', { kind: 'DROP_CONNECTION', when: 'BEFORE' }],
      ['of 503', 'HTTP_STATUS', { kind: 'STATUS', status: 503 }],
      ['from a shell that was killed', 'SHELL_GONE', { kind: 'KILL_SHELL' }],
      ['that are faults', 'ACCESS_DENIED', { kind: 'FAULT', code: 5 }],
    ])('%s, Receive ends as it must', async (_what, code, mischief) => {
      await open();
      const { command } = await start('echo', 'lost');
      spoil('Receive', mischief);
      const failure = await failureOf(collect(command));
      expect(failure.code).toBe(code);
      expect(failure.text.includes('larger than 8388608 bytes')).toBe(
        mischief.kind === 'ANSWER' && mischief.body.length > 8e6,
      );
      expect((await failureOf(command.exitCode)).code).toBe(code);
      expect(front.stats.served.Receive ?? 0).toBeLessThanOrEqual(1);
    });

    it.each<[Mischief, WsmanErrorCode]>([
      [{ kind: 'DROP_CONNECTION', when: 'AFTER' }, 'NO_ANSWER'],
      [{ kind: 'HANG' }, 'NO_ANSWER'],
      [{ kind: 'ANSWER', body: '<a>' }, 'BAD_ANSWER'],
      [{ kind: 'ANSWER', body: envelope('<a:RelatesTo>uuid:0</a:RelatesTo>') }, 'BAD_ANSWER'],
      [{ kind: 'UNSEALED' }, 'BAD_ANSWER'],
    ])('never sends input twice: %j', async (mischief, code) => {
      await open();
      const { command } = await start('cat');
      spoil('Send', mischief);
      expect(await failureOf(command.send(Buffer.from('once')))).toMatchObject({ code, mayHaveActed: true });
      // What waits behind the lost piece is not sent either: it would close a gap that may be there.
      expect((await failureOf(command.send(Buffer.from('more')))).code).toBe(code);
      expect(front.stats.served.Send).toBe(1);
    });

    it('waits through a delay shorter than its patience', async () => {
      await open();
      const { command } = await start('echo', 'late');
      spoil('Receive', { kind: 'DELAY', ms: 800 });
      expect((await collect(command)).stdout.toString()).toBe('late\r\n');
    });

    it('does not believe a fault that is not sealed on a connection that is', async () => {
      await open();
      spoil('Enumerate', { kind: 'UNSEALED' });
      spoil('Enumerate', { kind: 'FAULT', code: 5 });
      expect((await failureOf(endpoint.shells())).code).toBe('HTTP_STATUS');
    });

    it('keeps noise and a byte order mark apart from the program’s words', async () => {
      await open();
      const shell = await endpoint.openShell();
      spoil('Command', { kind: 'BOM' });
      spoil('Command', { kind: 'CLIXML_NOISE' });
      const { stdout, stderr } = await collect(
        await shell.command({ program: 'echo', arguments: ['x'], deadlineMs: 5_000 }),
      );
      expect(stdout.toString()).toBe('\ufeffx\r\n');
      expect(stderr.toString()).toMatch(/^#< CLIXML/);
    });
  });

  describe('with time', () => {
    it('ends a program that outlives its deadline', async () => {
      await open();
      const shell = await endpoint.openShell();
      const command = await shell.command({ program: 'sleep', deadlineMs: 900 });
      expect((await failureOf(collect(command))).code).toBe('DEADLINE');
      expect(front.service.shells.all()[0]?.commands.size).toBe(0);
      await shell.close();
    });

    it('gives up at once when it is told to, and ends the program', async () => {
      await open();
      const shell = await endpoint.openShell();
      const controller = new AbortController();
      const command = await shell.command({ program: 'sleep', deadlineMs: 20_000, signal: controller.signal });
      const failure = failureOf(collect(command));
      setTimeout(() => {
        controller.abort(new Error('enough'));
      }, 50);
      expect((await failure).code).toBe('ABORTED');
      expect(front.service.shells.all()[0]?.commands.size).toBe(0);
    });

    it.each(['openShell', 'shells', 'deleteLeftovers'] as const)('%s stops when its signal says so', async (method) => {
      await open({}, { answerGraceMs: 30_000 });
      spoil('*', { kind: 'HANG' }, { times: Infinity });
      const failure = failureOf(endpoint[method]({ signal: AbortSignal.timeout(100) }));
      expect((await failure).code).toBe('ABORTED');
      expect((await failureOf(endpoint[method]({ signal: AbortSignal.abort() }))).code).toBe('ABORTED');
    });

    it('deletes a shell on whose connection something hangs', async () => {
      await open({}, { answerGraceMs: 30_000 });
      const { shell, command } = await start('cat');
      spoil('Send', { kind: 'HANG' });
      const sent = failureOf(command.send(Buffer.from('x')));
      const output = failureOf(collect(command));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await shell.close();
      expect((await sent).code).toBe('CLOSED');
      expect((await output).code).toBe('CLOSED');
      expect(front.service.shells.all()).toHaveLength(0);
      await shell.close();
      expect((await failureOf(shell.command({ program: 'echo', deadlineMs: 1_000 }))).code).toBe('CLOSED');
    });
  });
});

import { loadGatewayConfig } from '../src/gateway.config';
import { ResolverClient } from '../src/webhooks/resolver.client';
import { WebhookClient } from '../src/webhooks/webhook.client';
import { HookCatcher } from './hook-catcher';

/** Says what a name means, in turn. */
class FakeResolver extends ResolverClient {
  readonly asked: string[] = [];

  constructor(private readonly answers: string[][]) {
    super();
  }

  override resolve(host: string): Promise<string[]> {
    this.asked.push(host);
    return Promise.resolve(this.answers.shift() ?? ['127.0.0.1']);
  }
}

describe('a post to a webhook', () => {
  let catcher: HookCatcher;
  beforeEach(async () => {
    catcher = await HookCatcher.open();
  });
  afterEach(() => catcher.close());

  const clientWith = (resolver: ResolverClient, allowPrivate: '0' | '1', timeoutMs = 2_000): WebhookClient =>
    new WebhookClient(
      resolver,
      loadGatewayConfig({
        DATABASE_URL: 'none',
        AMQP_URL: 'none',
        DCM_INSTALLATION_KEY: 'an installation key for tests',
        DCM_WEBHOOKS_ALLOW_PRIVATE: allowPrivate,
        DCM_WEBHOOKS_TIMEOUT_MS: String(timeoutMs),
        DCM_WEBHOOKS_CA: catcher.authority,
      }),
    );
  const named = (): { url: string; headers: Record<string, string>; body: string } => ({
    url: `https://hook.test:${catcher.port}/hook`,
    headers: {},
    body: '{}',
  });
  const stop = new AbortController().signal;

  it('goes to the address that was checked, not to what the name means elsewhere or later', async () => {
    const resolver = new FakeResolver([['127.0.0.1']]);
    expect(await clientWith(resolver, '1').post(named(), stop)).toMatchObject({ status: 204 });
    expect([resolver.asked, catcher.posts[0]?.headers['host']]).toEqual([['hook.test'], `hook.test:${catcher.port}`]);
  });

  it.each([[['127.0.0.1']], [['93.184.216.34', '127.0.0.1']], [['::ffff:127.0.0.1']], [[]]])(
    'is not sent where the name leads to %j',
    async (addresses) => {
      const attempt = await clientWith(new FakeResolver([addresses]), '0').post(named(), stop);
      expect(attempt).toEqual({
        error: 'the name leads to an address of a private network',
        durationMs: expect.any(Number) as unknown,
      });
      expect(catcher.posts).toEqual([]);
    },
  );

  it('is checked at every attempt', async () => {
    const client = clientWith(new FakeResolver([['127.0.0.1'], ['169.254.169.254']]), '1');
    expect((await client.post(named(), stop)).status).toBe(204);
    expect((await client.post(named(), stop)).error).toMatch('private network');
    expect(catcher.posts).toHaveLength(1);
  });

  it('reads the beginning of an endless answer and goes', async () => {
    catcher.reply = (response) => {
      const writing = setInterval(() => response.write('y'.repeat(1024)), 1);
      response.on('close', () => {
        clearInterval(writing);
      });
    };
    const attempt = await clientWith(new FakeResolver([]), '1', 10_000).post(named(), stop);
    expect([attempt.status, attempt.response, attempt.durationMs < 5_000]).toEqual([200, 'y'.repeat(256), true]);
  });

  it('has its status when the rest of the answer does not come', async () => {
    catcher.reply = (response) => response.writeHead(200, { 'content-length': '10' }).write('y');
    expect(await clientWith(new FakeResolver([]), '1', 300).post(named(), stop)).toMatchObject({
      status: 200,
      response: 'y',
    });
  });

  it('does not believe a certificate for another name', async () => {
    const url = `https://other.test:${catcher.port}/`;
    const attempt = await clientWith(new FakeResolver([]), '1').post({ ...named(), url }, stop);
    expect(attempt.error).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('waits no longer for a look-up than for an answer, and ends with the process', async () => {
    class Stuck extends ResolverClient {
      override resolve(): Promise<string[]> {
        return new Promise(() => undefined);
      }
    }
    expect((await clientWith(new Stuck(), '1', 100).post(named(), stop)).error).toBe('no answer within 100 ms');
    const ending = AbortSignal.abort();
    expect((await clientWith(new Stuck(), '1').post(named(), ending)).error).toMatch('before the gateway ended');
  });
});

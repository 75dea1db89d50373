import { PveClient, type PveClientOptions } from '../src/client/pve.client';
import { PveRefusal, PveTransportError } from '../src/client/pve.errors';
import { refuse, say, sayFromBehind, ScriptedNode } from './scripted.node';

const FORM = { newid: 201, name: 'a=b;c&d', full: true };

describe('the client, before nodes that do as they are told', () => {
  let nodes: ScriptedNode[];
  let client: PveClient;

  const connect = (change: Partial<PveClientOptions> = {}): PveClient => {
    client.close();
    client = new PveClient({
      endpoints: nodes.map(({ url }, index) => ({ url, node: `pve${index + 1}` })),
      username: 'dcm@pve!provisioner',
      password: 'the-secret',
      timeoutMs: 2_000,
      ...change,
    });
    return client;
  };
  const first = (): ScriptedNode => nodes[0]!;

  beforeEach(async () => {
    nodes = [await ScriptedNode.start(), await ScriptedNode.start()];
    client = new PveClient({ endpoints: [{ url: first().url }], username: 'u@pve', password: 'p' });
    connect();
  });
  afterEach(async () => {
    client.close();
    await Promise.all(nodes.map((node) => node.stop()));
  });

  it('sends forms with their length, never in chunks, and no body with what has none', async () => {
    await client.post(['nodes', 'pve1', 'qemu', 9000, 'clone'], FORM);
    await client.put(['nodes', 'pve1', 'qemu', 201, 'config'], { memory: 512 });
    await client.post(['nodes', 'pve1', 'qemu', 201, 'status', 'start']);
    await client.delete(['nodes', 'pve1', 'qemu', 201], { purge: true });
    await client.get(['nodes'], { type: 'x y' });
    expect(first().seen.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST /api2/json/nodes/pve1/qemu/9000/clone newid=201&name=a%3Db%3Bc%26d&full=1',
      'PUT /api2/json/nodes/pve1/qemu/201/config memory=512',
      'POST /api2/json/nodes/pve1/qemu/201/status/start ',
      'DELETE /api2/json/nodes/pve1/qemu/201?purge=1 ',
      'GET /api2/json/nodes?type=x+y ',
    ]);
    for (const { headers } of first().seen) {
      expect(headers['transfer-encoding']).toBeUndefined();
      expect(headers.authorization).toBe('PVEAPIToken=dcm@pve!provisioner=the-secret');
    }
    const form = 'application/x-www-form-urlencoded';
    expect(first().seen.map(({ headers }) => headers['content-type'])).toEqual([
      form,
      form,
      form,
      undefined,
      undefined,
    ]);
  });

  it('makes all calls on one connection, unless it was idle for a second', async () => {
    for (let n = 0; n < 3; n += 1) await client.get(['nodes']);
    for (let n = 0; n < 3; n += 1) await client.put(['x'], { n });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await client.put(['x'], { n: 3 });
    expect(first().seen.map(({ connection }) => connection)).toEqual([1, 1, 1, 1, 1, 1, 2]);
  });

  it('stays on a connection where the daemon behind the proxy said close and the proxy goes on', async () => {
    first().script = (_, answer) => {
      sayFromBehind(answer, 'a');
    };
    for (let n = 0; n < 3; n += 1) expect(await client.get(['nodes'])).toBe('a');
    first().script = (_, answer) => {
      refuse(answer, 400, 'Parameter verification failed.');
    };
    for (let n = 0; n < 2; n += 1) await expect(client.get(['nodes'])).rejects.toMatchObject({ status: 400 });
    expect(first().seen.map(({ connection }) => connection)).toEqual([1, 1, 1, 1, 2]);
  });

  it('does not make a change again that was sent into a connection at its end', async () => {
    await client.get(['nodes']);
    first().script = (_, answer) => {
      answer.socket?.destroy();
    };
    await expect(client.post(['x'], FORM)).rejects.toMatchObject({ code: 'STALE_CONNECTION', mayHaveRun: true });
    expect(first().seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(nodes[1]?.seen).toEqual([]);
  });

  it('makes a read again when the server closes an idle connection at that moment', async () => {
    await client.get(['nodes']);
    first().script = ({ connection }, answer) => {
      if (connection === 1) answer.socket?.destroy();
      else say(answer, 'again');
    };
    expect(await client.get(['nodes'])).toBe('again');
    expect(nodes[1]?.seen).toEqual([]);
  });

  it('calls the outcome of a change unknown when its answer is lost, and sends it nowhere else', async () => {
    first().script = (_, answer) => {
      answer.socket?.destroy();
    };
    const error: unknown = await client.post(['x'], FORM).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PveTransportError);
    expect(error).toMatchObject({ code: 'ECONNRESET', mayHaveRun: true, call: 'POST /x' });
    expect(nodes[1]?.seen).toEqual([]);
  });

  it('calls it unknown too when the answer breaks off', async () => {
    first().script = (_, answer) => {
      answer.writeHead(200, { 'Content-Length': '100' });
      answer.write('{"data"');
      setTimeout(() => answer.socket?.destroy(), 10);
    };
    await expect(client.post(['x'], FORM)).rejects.toMatchObject({ code: 'ECONNRESET', mayHaveRun: true });
  });

  it('sends a change to the next node when the first refuses the connection', async () => {
    await first().stop();
    nodes[1]!.script = (_, answer) => {
      say(answer, 'UPID:x');
    };
    expect(await client.post(['x'], FORM)).toBe('UPID:x');
    nodes[0] = await ScriptedNode.start();
  });

  it('sends it on as well when the node behind could not be reached, but not when it fell silent', async () => {
    const path = ['nodes', 'pve1', 'qemu', 9000, 'clone'];
    first().script = (_, answer) => {
      refuse(answer, 595, 'Connection refused');
    };
    await client.post(path, FORM);
    expect(nodes[1]?.seen).toHaveLength(1);
    connect();
    first().script = (_, answer) => {
      refuse(answer, 596, 'Connection timed out');
    };
    await expect(client.post(path, FORM)).rejects.toMatchObject({ code: 'BACKEND_SILENT', mayHaveRun: true });
    expect(nodes[1]?.seen).toHaveLength(1);
  });

  it('asks right before each sending, and sends nothing when that throws', async () => {
    const asked: number[] = [];
    const beforeSend = (): void => {
      asked.push(first().seen.length);
      if (asked.length > 1) throw new Error('claim lost');
    };
    await client.post(['x'], FORM, { beforeSend });
    await expect(client.post(['x'], FORM, { beforeSend })).rejects.toThrow('claim lost');
    expect(asked).toEqual([0, 1]);
    expect(first().seen).toHaveLength(1);
  });

  it('gives a read half of its time at a node that says nothing, and asks the next', async () => {
    connect({ timeoutMs: 300 });
    first().script = () => undefined;
    nodes[1]!.script = (_, answer) => {
      say(answer, 'here');
    };
    expect(await client.get(['nodes'])).toBe('here');
  });

  it('leaves when its time is up or its caller withdraws, and says that a change may have been made', async () => {
    first().script = () => undefined;
    await expect(client.post(['x'], FORM, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      mayHaveRun: true,
    });
    const leaving = new AbortController();
    const call = client.post(['x'], FORM, { signal: leaving.signal });
    setTimeout(() => {
      leaving.abort();
    }, 50);
    await expect(call).rejects.toMatchObject({ code: 'ABORTED', mayHaveRun: true });
    const before = first().seen.length;
    await expect(client.post(['x'], FORM, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      mayHaveRun: false,
    });
    expect(first().seen).toHaveLength(before);
  });

  it('makes so many calls at once and no more', async () => {
    connect({ maxConcurrent: 3 });
    let most = 0;
    let open = 0;
    first().script = (_, answer) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open -= 1;
        say(answer, null);
      }, 10);
    };
    await Promise.all(Array.from({ length: 12 }, (_, n) => (n % 2 ? client.get(['x']) : client.put(['x'], { n }))));
    expect(most).toBe(3);
  });

  it('does not read an answer without end', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 32);
    first().script = (_, answer) => {
      const pour = (): void => {
        while (answer.writable && answer.write(chunk));
        if (answer.writable) answer.once('drain', pour);
      };
      pour();
    };
    await expect(client.get(['x'], {}, { timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' });
    expect(nodes[1]?.seen).toEqual([]);
  }, 30_000);

  it('tells no secret, whatever goes wrong', async () => {
    first().script = ({ body, headers }, answer) => {
      const quoted = JSON.stringify({
        message: `got ${body} by ${headers.authorization ?? ''}`,
        errors: { cipassword: `bad: hidden+word` },
      });
      answer.writeHead(400, 'Parameter verification failed.', { 'Content-Type': 'application/json' });
      answer.end(quoted);
    };
    const refusal: unknown = await client.post(['x'], { cipassword: 'pass-word' }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(PveRefusal);
    first().script = (_, answer) => {
      answer.socket?.destroy();
    };
    const loss: unknown = await client.post(['x'], { cipassword: 'pass-word' }).catch((error: unknown) => error);
    for (const error of [refusal, loss]) {
      const { message, stack, cause } = error as Error;
      const told = JSON.stringify([error, message, stack, cause]);
      expect(told).not.toContain('pass-word');
      expect(told).not.toContain('the-secret');
    }
  });

  it('is of no use once it is closed', async () => {
    client.close();
    await expect(client.get(['x'])).rejects.toMatchObject({ code: 'CLIENT_CLOSED', mayHaveRun: false });
  });
});

describe('the client with a password', () => {
  let node: ScriptedNode;
  let client: PveClient;
  let tickets: number;

  beforeEach(async () => {
    node = await ScriptedNode.start();
    tickets = 0;
    node.script = ({ url, headers }, answer) => {
      if (url.endsWith('/access/ticket')) {
        tickets += 1;
        say(answer, { ticket: `PVE:t${tickets}`, CSRFPreventionToken: `c${tickets}` });
      } else if (headers.cookie === `PVEAuthCookie=PVE%3At${tickets}`) {
        say(answer, headers['csrfpreventiontoken'] ?? 'no csrf');
      } else {
        refuse(answer, 401, 'Authentication failed!');
      }
    };
    client = new PveClient({
      endpoints: [{ url: node.url }],
      username: 'u@pve',
      password: 'p',
      loginBackOffMs: 60_000,
    });
  });
  afterEach(async () => {
    client.close();
    await node.stop();
  });

  it('logs in once for many, with the CSRF token for changes', async () => {
    const answers = await Promise.all([client.get(['x']), client.post(['x']), client.delete(['x'])]);
    expect(answers).toEqual(['no csrf', 'c1', 'c1']);
    expect(tickets).toBe(1);
  });

  it('logs in again once when the ticket is over, and repeats the call: it was not carried out', async () => {
    await client.get(['x']);
    tickets = 10;
    expect(await Promise.all([client.post(['x']), client.post(['x'])])).toEqual(['c11', 'c11']);
    expect(tickets).toBe(11);
  });

  it('does not go on for ever when no ticket is taken', async () => {
    node.script = ({ url }, answer) => {
      if (url.endsWith('/access/ticket')) say(answer, { ticket: 'PVE:t', CSRFPreventionToken: 'c' });
      else refuse(answer, 401, 'Authentication failed!');
    };
    await expect(client.get(['x'])).rejects.toMatchObject({ status: 401, scheme: 'ticket' });
    expect(node.seen).toHaveLength(4);
  });

  it('tries a wrong password once', async () => {
    node.script = (_, answer) => {
      refuse(answer, 401, 'authentication failure');
    };
    for (let n = 0; n < 3; n += 1) {
      await expect(client.get(['x'])).rejects.toMatchObject({ status: 401, scheme: 'login' });
    }
    expect(node.seen).toHaveLength(1);
  });
});

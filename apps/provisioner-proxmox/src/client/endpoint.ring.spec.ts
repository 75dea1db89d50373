import { Endpoint } from './endpoint';
import { EndpointRing, type Try } from './endpoint.ring';
import { PveRefusal, PveTransportError } from './pve.errors';
import { encodeRequest } from './pve.request';
import { STALE_CONNECTION } from './pve.transport';

const READ = encodeRequest('GET', ['cluster', 'resources']);
const CHANGE = encodeRequest('POST', ['nodes', 'pve2', 'qemu', 9000, 'clone']);

const refused = () => new PveTransportError('ECONNREFUSED', 'x', { mayHaveRun: false });
const lost = () => new PveTransportError('ECONNRESET', 'x', { mayHaveRun: true });
const unreached = () => new PveTransportError('NODE_UNREACHABLE', 'x', { httpStatus: 595, mayHaveRun: false });
const noQuorum = () => new PveRefusal('x', { status: 500, text: 'cluster not ready - no quorum?', scheme: 'token' });

describe('the ring of endpoints', () => {
  let now: number;
  let ring: EndpointRing;
  /** What each node answers, in place of itself. */
  let answers: Record<string, () => Error>;
  let asked: string[];

  const attempt: Try = ({ node }, isFresh) => {
    asked.push(isFresh ? `${node}!` : node);
    const fail = answers[node];
    return fail === undefined ? Promise.resolve(node) : Promise.reject(fail());
  };
  const run = (request = READ, preferred?: string): Promise<unknown> => ring.run(request, preferred, attempt);

  beforeEach(() => {
    now = 0;
    asked = [];
    answers = {};
    const limits = { maxSockets: 1, connectTimeoutMs: 1_000 };
    ring = new EndpointRing(
      ['pve1', 'pve2', 'pve3', 'pve4'].map(
        (node) => new Endpoint({ url: new URL(`https://${node}.test:8006`), node, tls: {} }, limits, () => now),
      ),
    );
  });
  afterEach(() => {
    ring.close();
  });

  it('asks the first, or the node that is to carry it out, or the one that is wished for', async () => {
    expect(await run()).toBe('pve1');
    expect(await run(CHANGE)).toBe('pve2');
    expect(await run(CHANGE, 'pve3')).toBe('pve3');
    expect(await run(READ, 'elsewhere')).toBe('pve1');
  });

  it('asks the next when one cannot be reached, and remembers that', async () => {
    answers = { pve1: refused };
    expect(await run()).toBe('pve2');
    expect(await run()).toBe('pve2');
    expect(asked).toEqual(['pve1', 'pve2', 'pve2']);
    expect(ring.isReachable).toBe(true);
  });

  it('gives one who failed one try after a pause that grows, and not one by every caller', async () => {
    answers = { pve1: refused };
    await run();
    now = 999;
    await run();
    now = 1_000;
    await Promise.all([run(), run()]);
    expect(asked.filter((node) => node === 'pve1')).toHaveLength(2);
    now = 2_999;
    await run();
    expect(asked.filter((node) => node === 'pve1')).toHaveLength(2);
    now = 3_000;
    answers = {};
    expect(await run()).toBe('pve1');
    expect(await run()).toBe('pve1');
  });

  it('makes a read again elsewhere after a lost answer, but never a change', async () => {
    answers = { pve1: lost, pve3: lost };
    expect(await run(READ, 'pve3')).toBe('pve2');
    answers = { pve2: lost };
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'ECONNRESET', mayHaveRun: true });
    expect(asked).toEqual(['pve3', 'pve1', 'pve2', 'pve2']);
  });

  it.each([refused, unreached, noQuorum])('makes a change elsewhere when it was not carried out: %p', async (fail) => {
    answers = { pve2: fail };
    expect(await run(CHANGE)).toBe('pve1');
    expect(asked).toEqual(['pve2', 'pve1']);
  });

  it('blames 595 on the node that is away, not on the one that says so', async () => {
    answers = { pve1: unreached, pve2: refused, pve3: unreached };
    await expect(run(CHANGE)).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    asked = [];
    answers = {};
    expect(await run()).toBe('pve1');
  });

  it('blames 595 on the endpoint when its own daemon is away', async () => {
    answers = { pve1: unreached };
    expect(await run()).toBe('pve2');
    expect(await run()).toBe('pve2');
    expect(asked).toEqual(['pve1', 'pve2', 'pve2']);
  });

  it('blames silence on the endpoint only when it kept a read of its own waiting', async () => {
    const silence = () => new PveTransportError('TIMEOUT', 'x', { mayHaveRun: true });
    answers = { pve2: silence };
    await run(CHANGE).catch(() => undefined);
    answers = { pve1: silence };
    const elsewhere = encodeRequest('GET', ['nodes', 'pve3', 'status']);
    expect(await run(elsewhere, 'pve1')).not.toBe('pve1');
    answers = {};
    expect(await run()).toBe('pve1');
    expect(await run(CHANGE)).toBe('pve2');
    answers = { pve1: silence };
    expect(await run()).toBe('pve2');
    answers = {};
    expect(await run()).toBe('pve2');
  });

  it('asks three at most, and tells what a node said rather than that another did not answer', async () => {
    answers = { pve1: refused, pve2: unreached, pve3: refused, pve4: refused };
    await expect(run()).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    expect(asked).toEqual(['pve1', 'pve2', 'pve3']);
    answers = { pve1: refused, pve2: refused, pve3: refused, pve4: refused };
    await expect(run()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('still asks those that failed when nobody else is left', async () => {
    answers = { pve1: refused, pve2: refused, pve3: refused, pve4: refused };
    await run().catch(() => undefined);
    expect(ring.isReachable).toBe(true);
    await run().catch(() => undefined);
    expect(ring.isReachable).toBe(false);
    answers = {};
    await expect(run()).resolves.toMatch(/^pve/);
    expect(ring.isReachable).toBe(true);
  });

  it('makes a read again on a new connection when an old one broke, and blames nobody', async () => {
    let isOld = true;
    answers = {};
    const breaking: Try = (endpoint, isFresh, hasOthers) => {
      if (!isFresh && isOld) {
        isOld = false;
        return Promise.reject(new PveTransportError(STALE_CONNECTION, 'x', { mayHaveRun: true }));
      }
      return attempt(endpoint, isFresh, hasOthers);
    };
    expect(await ring.run(READ, undefined, breaking)).toBe('pve1');
    expect(asked).toEqual(['pve1!']);
    expect(await run()).toBe('pve1');
  });

  it('does not make a change again when its connection broke', async () => {
    answers = { pve2: () => new PveTransportError(STALE_CONNECTION, 'x', { mayHaveRun: true }) };
    await expect(run(CHANGE)).rejects.toMatchObject({ code: STALE_CONNECTION, mayHaveRun: true });
    expect(asked).toEqual(['pve2']);
  });

  it('does not go on for one who has withdrawn, or after a refusal', async () => {
    answers = { pve1: () => new PveTransportError('ABORTED', 'x', { mayHaveRun: false }) };
    await expect(run()).rejects.toMatchObject({ code: 'ABORTED' });
    answers = { pve1: () => new PveRefusal('x', { status: 403, text: 'no', scheme: 'token' }) };
    await expect(run()).rejects.toMatchObject({ status: 403 });
    expect(asked).toEqual(['pve1', 'pve1']);
  });
});

import { DcmError } from '@dcm/contracts';
import { createDcmClient, dataOf, DcmProblem } from './index';

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

const problem = {
  type: '/docs/reference/errors.md#not_found',
  title: 'Not found',
  status: 404,
  code: 'NOT_FOUND',
  detail: 'Unable to find vm x: there is none here',
  requestId: 'r-1',
  errors: [{ pointer: 'path/id', message: 'names nothing' }],
};

/** A client whose answers are given in turn; what it asked is kept. */
function clientOf(...answers: (Response | Error)[]): { client: ReturnType<typeof createDcmClient>; asked: Request[] } {
  const asked: Request[] = [];
  const client = createDcmClient({
    baseUrl: 'http://dcm.test',
    token: 'dcm_a_b',
    fetch: (request) => {
      asked.push(request);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      return answer instanceof Response
        ? Promise.resolve(answer.clone())
        : Promise.reject(answer ?? new Error('no answer'));
    },
  });
  return { client, asked };
}

const caught = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the client', () => {
  it('asks with the token, and encodes what it puts into the path and the query', async () => {
    const { client, asked } = clientOf(json(200, { items: [], nextPageToken: null }));
    await client.GET('/v1/vms', { params: { query: { name: 'a&b', pageSize: 5 } } });
    await client.GET('/v1/sites/{name}', { params: { path: { name: 'a/b' } } });
    expect(asked.map((request) => request.url)).toEqual([
      'http://dcm.test/v1/vms?name=a%26b&pageSize=5',
      'http://dcm.test/v1/sites/a%2Fb',
    ]);
    expect(asked[0]?.headers.get('authorization')).toBe('Bearer dcm_a_b');
  });

  it('sends a body as JSON, in which defaults may be left out', async () => {
    const { client, asked } = clientOf(json(202, { id: 'v' }));
    const vm = await dataOf(client.POST('/v1/vms', { body: { projectId: 'p', name: 'web-01', size: 'small' } }));
    expect(vm.id).toBe('v');
    expect(asked[0]?.headers.get('content-type')).toBe('application/json');
    expect(await asked[0]?.json()).toEqual({ projectId: 'p', name: 'web-01', size: 'small' });
  });

  it('throws a problem as an error of ours', async () => {
    const { client } = clientOf(json(404, problem, { 'retry-after': '3' }));
    const error = await caught(client.GET('/v1/vms/{id}', { params: { path: { id: 'x' } } }));
    expect(error).toBeInstanceOf(DcmProblem);
    expect(error).toBeInstanceOf(DcmError);
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      message: problem.detail,
      details: problem.errors,
      status: 404,
      requestId: 'r-1',
      retryAfterMs: 3_000,
    });
  });

  it.each([
    [502, 'UNAVAILABLE'],
    [503, 'UNAVAILABLE'],
    [429, 'RATE_LIMITED'],
    [418, 'INTERNAL'],
  ])('takes status %d of a stranger on the way for %s', async (status, code) => {
    const { client } = clientOf(new Response('<html>', { status }));
    expect(await caught(client.GET('/v1/vms'))).toMatchObject({ code, status });
  });

  it('says that DCM cannot be reached', async () => {
    const { client } = clientOf(new Error('ECONNREFUSED'));
    expect(await caught(client.GET('/v1/vms'))).toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('waits until an operation has ended', async () => {
    const { client, asked } = clientOf(
      json(200, { id: 'o', done: false, state: 'running' }),
      json(200, { id: 'o', done: true, state: 'failed' }),
    );
    expect(await client.waitForOperation('o', { timeoutMs: 5_000 })).toMatchObject({ state: 'failed' });
    expect(asked).toHaveLength(2);
  });

  it('stops waiting when the time is over or the caller gives up', async () => {
    const running = json(200, { id: 'o', done: false, state: 'queued' });
    expect(await caught(clientOf(running).client.waitForOperation('o', { timeoutMs: 0 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    const abort = new AbortController();
    const waiting = caught(clientOf(running).client.waitForOperation('o', { timeoutMs: 60_000, signal: abort.signal }));
    abort.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
  });
});

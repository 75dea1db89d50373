import { connect } from 'node:net';
import { newId } from '@dcm/runtime';
import { problemSchema } from '@dcm/contracts';
import { aBody, Scene, type CallOptions, type TestTenant } from './scene';

jest.setTimeout(60_000);

type Body = Record<string, unknown>;

describe('malformed requests', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());

  /** Every request leaves the tables as they were. */
  const counts = async (): Promise<number[]> => [
    await scene.count('request'),
    await scene.count('outbox'),
    await scene.count('resource'),
  ];
  let before: number[];
  beforeEach(async () => {
    before = await counts();
  });
  afterEach(async () => {
    expect(await counts()).toEqual(before);
    expect(scene.approvals.requests).toEqual([]);
  });

  const good = (): Body => aBody(tenant.projectId);
  const bodies: [what: string, pointer: string, body: () => unknown][] = [
    ['text that is cut', '/', () => '{"name":'],
    ['no body at all', '/', () => undefined],
    ['null', '/', () => 'null'],
    ['an array', '/', () => []],
    ['a number', '/', () => '7'],
    ['an empty object', '/projectId', () => ({})],
    ['an unknown key', '/colour', () => ({ ...good(), colour: 'red' })],
    ['a key that the server owns', '/tenantId', () => ({ ...good(), tenantId: newId() })],
    ['a project id that is no UUID', '/projectId', () => ({ ...good(), projectId: "1'; DROP TABLE vm" })],
    ['a name in capitals', '/name', () => ({ ...good(), name: 'WEB' })],
    ['a name with a path', '/name', () => ({ ...good(), name: '../x' })],
    ['a size beside cpus', '/size', () => ({ ...good(), cpus: 1 })],
    ['neither size nor cpus', '/cpus', () => ({ ...good(), size: undefined })],
    ['half a CPU', '/cpus', () => ({ ...good(), size: undefined, cpus: 0.5, memoryMib: 1024 })],
    ['memory as text', '/memoryMib', () => ({ ...good(), size: undefined, cpus: 1, memoryMib: '1024' })],
    [
      'a number beyond doubles',
      '/cpus',
      () =>
        JSON.stringify({ ...good(), size: undefined, cpus: 7, memoryMib: 1024 }).replace('"cpus":7', '"cpus":1e999'),
    ],
    ['a disk of nothing', '/disks/0/sizeGib', () => ({ ...good(), disks: [{ sizeGib: 0 }] })],
    [
      'a misspelt key in a list',
      '/disks/1/sizeGb',
      () => ({ ...good(), disks: [{ sizeGib: 1 }, { sizeGib: 1, sizeGb: 1 }] }),
    ],
    [
      'an address without a prefix',
      '/networks/0/address/cidr',
      () => ({ ...good(), networks: [{ network: 'n', address: { cidr: '10.0.0.5' } }] }),
    ],
    ['an SSH key that is none', '/guest/sshKeys/0', () => ({ ...good(), guest: { sshKeys: ['hello'] } })],
    ['NUL in a label', '/labels/a', () => ({ ...good(), labels: { a: 'x\u0000' } })],
    ['half of a surrogate pair', '/networks/0/network', () => ({ ...good(), networks: [{ network: '\ud800' }] })],
    [
      'a prototype in metadata',
      '/metadata/__proto__',
      () => JSON.stringify({ ...good(), metadata: {} }).replace('"metadata":{}', '"metadata":{"__proto__":{"x":{}}}'),
    ],
    [
      'a hundred levels',
      '/metadata/vsphere/a' + '/0'.repeat(17),
      () =>
        JSON.stringify({ ...good(), metadata: { vsphere: { a: 0 } } }).replace(
          '"a":0',
          `"a":${'['.repeat(100)}${']'.repeat(100)}`,
        ),
    ],
    ['both an empty client token and a good rest', '/clientToken', () => ({ ...good(), clientToken: '' })],
  ];

  it.each(bodies)('with %s point at %s', async (_, pointer, body) => {
    const answer = await scene.call('createVm', { token: tenant.token, body: body() });
    expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_REQUEST']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const errors = answer.body['errors'] as { pointer: string; message: string }[];
    expect(errors.map((error) => error.pointer)).toContain(pointer);
    expect(JSON.stringify(answer.body)).not.toMatch(/\.[jt]s:\d+|node_modules|gateway\./);
  });

  it('name line and column of broken JSON', async () => {
    const answer = await scene.call('createVm', { token: tenant.token, body: '{\n  "name": nope\n}' });
    expect(answer.body['detail']).toContain('line 2, column 11');
  });

  const others: [
    what: string,
    status: number,
    code: string,
    method: string,
    path: string,
    options: () => CallOptions,
  ][] = [
    [
      'a body of 70 KiB',
      413,
      'PAYLOAD_TOO_LARGE',
      'POST',
      '/v1/vms',
      () => ({ body: { ...good(), labels: { a: 'x'.repeat(70_000) } } }),
    ],
    [
      'XML',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'POST',
      '/v1/vms',
      () => ({ body: '<vm/>', headers: { 'content-type': 'application/xml' } }),
    ],
    [
      'a form',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'POST',
      '/v1/vms',
      () => ({ body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ],
    ['a path that leads nowhere', 404, 'NOT_FOUND', 'GET', '/v1/nowhere', () => ({})],
    ['a slash too many', 404, 'NOT_FOUND', 'GET', '/v1/vms/', () => ({})],
    ['a segment longer than any id', 404, 'NOT_FOUND', 'GET', `/v1/vms/${'x'.repeat(200)}`, () => ({})],
    ['a method that the path does not have', 405, 'METHOD_NOT_ALLOWED', 'PUT', '/v1/vms', () => ({})],
    ['an id that is no UUID', 400, 'INVALID_REQUEST', 'GET', '/v1/vms/web-01', () => ({})],
    ['a page of nothing', 400, 'INVALID_REQUEST', 'GET', '/v1/vms?pageSize=0', () => ({})],
    ['a filter that does not exist', 400, 'INVALID_REQUEST', 'GET', '/v1/vms?colour=red', () => ({})],
    ['a filter twice', 400, 'INVALID_REQUEST', 'GET', '/v1/vms?name=a&name=b', () => ({})],
    ['NUL in a filter', 400, 'INVALID_REQUEST', 'GET', '/v1/vms?name=%00', () => ({})],
    ['a page token of one’s own', 400, 'INVALID_REQUEST', 'GET', '/v1/vms?pageToken=abc', () => ({})],
    ['a percent sign that encodes nothing', 400, 'INVALID_REQUEST', 'GET', '/v1/vms/%zz', () => ({})],
    [
      'a body where none is taken',
      400,
      'INVALID_REQUEST',
      'POST',
      `/v1/operations/${newId()}/cancel`,
      () => ({ body: { force: true } }),
    ],
    [
      'an idempotency key with spaces',
      400,
      'INVALID_REQUEST',
      'POST',
      '/v1/vms',
      () => ({ body: good(), headers: { 'idempotency-key': 'a b' } }),
    ],
    [
      'two keys that differ',
      400,
      'INVALID_REQUEST',
      'POST',
      '/v1/vms',
      () => ({ body: { ...good(), clientToken: 'a' }, headers: { 'idempotency-key': 'b' } }),
    ],
    [
      'a power action without its name',
      400,
      'INVALID_REQUEST',
      'POST',
      `/v1/vms/${newId()}/power`,
      () => ({ body: { mode: 'HARD' } }),
    ],
    [
      'a place in the events that is none',
      400,
      'INVALID_REQUEST',
      'GET',
      '/v1/events',
      () => ({ headers: { 'last-event-id': 'x' } }),
    ],
    ['no token', 401, 'UNAUTHENTICATED', 'POST', '/v1/vms', () => ({ body: good(), token: '' })],
    [
      'a token that is not known',
      401,
      'UNAUTHENTICATED',
      'GET',
      '/v1/vms',
      () => ({ token: `dcm_abc_${'x'.repeat(43)}` }),
    ],
  ];

  it.each(others)('with %s are answered %d %s', async (...row) => {
    const [, status, code, method, path, options] = row;
    const answer = await scene.http(method, path, { token: tenant.token, ...options() });
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(problemSchema.parse(answer.body).requestId).toBe(answer.headers.get('x-request-id'));
  });

  it('are told which methods a path has', async () => {
    const answer = await scene.http('PUT', '/v1/vms');
    expect(answer.headers.get('allow')).toBe('POST, GET');
  });

  it('are found again by the request id that the caller gave', async () => {
    const answer = await scene.http('GET', '/v1/nowhere', { headers: { 'x-request-id': 'abc-123' } });
    expect([answer.body['requestId'], answer.headers.get('x-request-id')]).toEqual(['abc-123', 'abc-123']);
  });

  it('bear the headers that protect the reader', async () => {
    const answer = await scene.http('GET', '/v1/nowhere');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n'],
    ['headers of 40 KiB', `GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'x'.repeat(40_000)}\r\n\r\n`],
  ])('that are %s get a problem too', async (_, text) => {
    const { hostname, port } = new URL(scene.gateway.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let received = '';
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.setEncoding('utf8');
      socket.on('data', (part: string) => (received += part));
      socket.on('error', reject);
      socket.on('close', () => {
        resolve(received);
      });
    });
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s);
    expect(problemSchema.parse(JSON.parse(body)).code).toBe('INVALID_REQUEST');
  });
});

import { until } from './process';
import { Product, type Json } from './product';

const uuid = '0190a6b0-0000-7000-8000-000000000001';

describe('malformed requests over HTTP', () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.start();
  }, 180_000);
  afterAll(() => product.stop(), 60_000);

  const good = (): Json => ({ projectId: product.projectId, name: 'ok', image: 'debian-12', size: 'small' });
  const cases: [
    title: string,
    body: () => unknown,
    status: number,
    code: string,
    pointer: string | null,
    headers?: Record<string, string>,
  ][] = [
    ['text that is not JSON', () => '{"name":', 400, 'INVALID_REQUEST', null],
    ['an array', () => [], 400, 'INVALID_REQUEST', '/'],
    ['an empty object', () => ({}), 400, 'INVALID_REQUEST', '/projectId'],
    ['an unknown key', () => ({ ...good(), colour: 'red' }), 400, 'INVALID_REQUEST', '/colour'],
    ['a key that only the server may set', () => ({ ...good(), tenantId: uuid }), 400, 'INVALID_REQUEST', '/tenantId'],
    ['a name in capitals', () => ({ ...good(), name: 'WEB' }), 400, 'INVALID_REQUEST', '/name'],
    ['a name with a path', () => ({ ...good(), name: 'a/../b' }), 400, 'INVALID_REQUEST', '/name'],
    ['a size beside cpus', () => ({ ...good(), cpus: 1 }), 400, 'INVALID_REQUEST', '/size'],
    ['no size and no cpus', () => ({ ...good(), size: undefined }), 400, 'INVALID_REQUEST', '/cpus'],
    ['half a CPU', () => ({ ...good(), size: undefined, cpus: 0.5, memoryMib: 1024 }), 400, 'INVALID_REQUEST', '/cpus'],
    [
      'memory as text',
      () => ({ ...good(), size: undefined, cpus: 1, memoryMib: '1024' }),
      400,
      'INVALID_REQUEST',
      '/memoryMib',
    ],
    ['a disk of no size', () => ({ ...good(), disks: [{ sizeGib: 0 }] }), 400, 'INVALID_REQUEST', '/disks/0/sizeGib'],
    ['a misspelt disk key', () => ({ ...good(), disks: [{ sizeGb: 10 }] }), 400, 'INVALID_REQUEST', '/disks/0/sizeGb'],
    [
      'an address without prefix',
      () => ({ ...good(), networks: [{ network: 'VM Network', address: { cidr: '10.0.0.5' } }] }),
      400,
      'INVALID_REQUEST',
      '/networks/0/address/cidr',
    ],
    [
      'an SSH key that is none',
      () => ({ ...good(), guest: { sshKeys: ['hello'] } }),
      400,
      'INVALID_REQUEST',
      '/guest/sshKeys/0',
    ],
    [
      'a project id that is no UUID',
      () => ({ ...good(), projectId: '1; DROP TABLE vm' }),
      400,
      'INVALID_REQUEST',
      '/projectId',
    ],
    ['a project that does not exist', () => ({ ...good(), projectId: uuid }), 404, 'NOT_FOUND', '/projectId'],
    [
      'an image that is not in the catalogue',
      () => ({ ...good(), image: 'no-such-image' }),
      404,
      'NOT_FOUND',
      '/image',
    ],
    ['a size that is not in the catalogue', () => ({ ...good(), size: 'no-such-size' }), 404, 'NOT_FOUND', '/size'],
    ['a body of 70 KiB', () => ({ ...good(), labels: { a: 'x'.repeat(70 * 1024) } }), 413, 'PAYLOAD_TOO_LARGE', null],
    ['another media type', () => '<vm/>', 415, 'UNSUPPORTED_MEDIA_TYPE', null, { 'content-type': 'application/xml' }],
    ['no token', () => good(), 401, 'UNAUTHENTICATED', null, { authorization: '' }],
  ];

  it.each(cases)('are refused with their cause: %s', async (...one) => {
    const [, body, status, code, pointer, headers = {}] = one;
    const answer = await product.http('POST', '/v1/vms', { body: body(), headers });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
    if (pointer !== null) expect((answer.body['errors'] as Json[]).map((error) => error['pointer'])).toContain(pointer);
    expect(String(answer.body['detail']).length).toBeGreaterThan(10);
    expect(JSON.stringify(answer.body)).not.toMatch(/at .*\.[jt]s:\d+/);
  });

  it('leave nothing behind', async () => {
    const listed = await product.http<{ items: Json[] }>('GET', '/v1/vms');
    expect(listed.body.items).toEqual([]);
  });

  it.each([
    ['a network that the site does not have', { networks: [{ network: 'no-such-network' }] }],
    ['a metadata key that the platform does not know', { metadata: { vsphere: { folderr: 'x' } } }],
    ['a disk smaller than the image', { disks: [{ sizeGib: 1 }] }],
  ])(
    'end as a rejected operation that names the cause: %s',
    async (_title, change) => {
      const { operationId, vmId } = await product.createVm({ name: 'refused', ...change });
      const operation = await product.finished(operationId);
      expect(operation).toMatchObject({ state: 'rejected' });
      expect(String((operation['error'] as Json)['message']).length).toBeGreaterThan(10);
      await until('its VM is shown as failed', 10_000, async () => {
        const { body } = await product.http('GET', `/v1/vms/${vmId}`);
        return body['lifecycle'] === 'failed' ? body : undefined;
      });
      const quota = await until('all it held is released', 10_000, async () => {
        const { body } = await product.http('GET', `/v1/projects/${product.projectId}/quotas`);
        return (body['held'] as Json)['vms'] === 0 ? body : undefined;
      });
      expect(quota).toMatchObject({ held: { vcpus: 0, memoryMib: 0, diskGib: 0 }, used: { vms: 0 } });
    },
    60_000,
  );
});

import { setTimeout as sleep } from 'node:timers/promises';
import type { Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { aBody, Scene, type TestTenant } from './scene';
import { SseReader } from './sse-reader';

jest.setTimeout(60_000);

describe('a gateway that runs', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());

  it('is alive and ready, and says of what', async () => {
    expect((await scene.call('live', { token: '' })).body).toEqual({ status: 'ok' });
    const ready = await scene.call('ready', { token: '' });
    expect([ready.status, ready.body]).toEqual([
      200,
      { status: 'ok', checks: { process: 'ok', database: 'ok', broker: 'ok', projection: 'ok' } },
    ]);
  });

  it('tells how long its routes take, by route and never by path', async () => {
    await scene.call('createVm', { token: tenant.token, body: aBody(tenant.projectId) });
    await scene.http('GET', '/v1/vms/secret-name-in-a-path');
    const { body, headers } = await scene.http<{ text: string }>('GET', '/metrics', { token: '' });
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body.text).toMatch(
      /dcm_http_request_duration_seconds_count\{route="createVm",method="POST",status="202"\} 1/,
    );
    for (const name of [
      'dcm_sse_clients',
      'dcm_outbox_depth',
      'dcm_projection_lag_rows',
      'process_resident_memory_bytes',
    ]) {
      expect(body.text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    expect(body.text).not.toContain('secret-name');
  });

  it('describes itself', async () => {
    const { body } = await scene.call('openApi', { token: '' });
    expect(body).toMatchObject({ openapi: '3.1.0', paths: { '/v1/vms': { post: { operationId: 'createVm' } } } });
  });

  it('answers HEAD like GET, without a body and without an endless one', async () => {
    for (const path of ['/v1/vms', '/v1/events']) {
      const answer = await scene.http('HEAD', path, { token: tenant.token });
      expect([path, answer.status, answer.body]).toEqual([path, 200, expect.anything()]);
    }
  });
});

describe('a gateway that goes away', () => {
  it('answers what is under way, ends its streams, and takes nothing new', async () => {
    const scene = await Scene.open();
    try {
      const tenant = await scene.tenant();
      const { url } = scene.gateway;
      const stream = await SseReader.open(url, tenant.token);
      const waiting = scene.call<Vm>('createVm', {
        token: tenant.token,
        body: aBody(tenant.projectId),
        headers: { prefer: 'wait=60' },
      });
      await waitUntil(() => scene.approvals.requests.length === 1, 'the request under way');
      const started = performance.now();
      await scene.stopGateway();
      expect(performance.now() - started).toBeLessThan(5_000);
      expect((await waiting).status).toBe(202);
      await waitUntil(() => stream.isEnded, 'the end of the stream');
      await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');
    } finally {
      await scene.close();
    }
  });

  it('loses no request of those that it accepted under load', async () => {
    const scene = await Scene.open();
    try {
      const tenant = await scene.tenant();
      const accepted: string[] = [];
      let isGone = false;
      const caller = async (): Promise<void> => {
        while (!isGone) {
          const answer = await scene
            .call<Vm>('createVm', { token: tenant.token, body: aBody(tenant.projectId) })
            .catch(() => undefined);
          if (answer?.status === 202) accepted.push(answer.body.operationId);
          else isGone = true;
        }
      };
      const callers = Array.from({ length: 8 }, caller);
      await waitUntil(() => accepted.length > 100, 'a hundred accepted requests');
      await scene.stopGateway();
      await Promise.all(callers);
      const { rows } = await scene.sql.query<{ operation_id: string }>('SELECT operation_id FROM gateway.request');
      expect(new Set(rows.map((row) => row.operation_id))).toEqual(new Set(accepted));
      await scene.startGateway();
      await waitUntil(
        () => accepted.every((id) => scene.approvals.requests.some((request) => request.id === id)),
        'every accepted request at approvals',
      );
    } finally {
      await scene.close();
    }
  });
});

describe('a gateway without its broker', () => {
  it('opens, accepts, and says that it is not ready', async () => {
    const scene = await Scene.open();
    try {
      const tenant = await scene.tenant();
      await scene.stopGateway();
      await scene.startGateway({ AMQP_URL: 'amqp://guest:guest@127.0.0.1:1' });
      const ready = await scene.call('ready', { token: '' });
      expect([ready.status, ready.body['status']]).toEqual([503, 'unavailable']);
      const accepted = await scene.call('createVm', { token: tenant.token, body: aBody(tenant.projectId) });
      expect([accepted.status, await scene.count('outbox')]).toEqual([202, 1]);
      const admin = scene.call('createTenant', { body: { name: 'x' } });
      expect((await admin).body).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
      await sleep(0);
    } finally {
      await scene.close();
    }
  }, 60_000);

  it('does not start on a configuration that is wrong, and names what', async () => {
    await expect(Scene.open({ DCM_INSTALLATION_KEY: 'short', PORT: 'x' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: expect.arrayContaining([
        expect.objectContaining({ pointer: 'environment/DCM_INSTALLATION_KEY' }),
        expect.objectContaining({ pointer: 'environment/PORT' }),
      ]) as unknown,
    });
  });
});

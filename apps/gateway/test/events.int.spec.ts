import { waitUntil } from '@dcm/messaging/testing';
import type { Vm } from '@dcm/contracts';
import { aPublisher, aSite, aVm } from './docs';
import { Scene, type TestTenant } from './scene';
import { SseReader } from './sse-reader';

jest.setTimeout(60_000);

describe('the event stream', () => {
  let scene: Scene;
  let tenant: TestTenant;
  let other: TestTenant;
  const readers: SseReader[] = [];
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
    other = await scene.tenant('Other');
  });
  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await waitUntil(async () => (await openStreams()) === 0, 'no open streams');
  });
  afterAll(() => scene.close());

  const openStreams = async (): Promise<number> => {
    const { body } = await scene.http<{ text: string }>('GET', '/metrics', { token: '' });
    return Number(/^dcm_sse_clients (\d+)$/m.exec(body.text)?.[1]);
  };

  const open = async (token = tenant.token, lastEventId?: number): Promise<SseReader> => {
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
    const reader = await SseReader.open(scene.gateway.url, token, headers);
    readers.push(reader);
    return reader;
  };
  const changeVm = async (
    owner = tenant,
    vm = aVm({ tenantId: owner.id, projectId: owner.projectId }),
  ): Promise<Vm> => {
    await scene.approvals.change('vm', vm.id, vm);
    return vm;
  };
  const seen = (reader: SseReader, count: number): Promise<void> =>
    waitUntil(() => reader.events.length >= count, `${count} events`);

  it('tells changes as they come, with their place, and is not buffered on the way', async () => {
    const reader = await open();
    expect([reader.status, reader.headers.get('content-type'), reader.headers.get('x-accel-buffering')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no',
    ]);
    const vm = await changeVm();
    await seen(reader, 1);
    expect(reader.events).toEqual([
      {
        id: String(scene.approvals.journal.length),
        event: 'vm.changed',
        data: { noun: 'vm', id: vm.id, seq: 1, doc: vm },
      },
    ]);
  });

  it('starts at now: what was before is not told', async () => {
    await changeVm();
    await scene.projected();
    const reader = await open();
    const vm = await changeVm();
    await seen(reader, 1);
    expect(reader.events.map((event) => event.data.id)).toEqual([vm.id]);
  });

  it('tells each tenant its own changes and those of the platform, and nobody else’s', async () => {
    const [mine, theirs, all] = [await open(), await open(other.token), await open(scene.adminToken)];
    const [vm, hidden] = [await changeVm(), await changeVm(other)];
    await scene.approvals.change('publisher', 'erp', aPublisher({ tenantId: tenant.id }));
    await scene.approvals.change('site', 'vsphere-demo', aSite({ state: 'paused' }));
    await seen(all, 4);
    await seen(mine, 2);
    await seen(theirs, 2);
    expect(mine.events.map((event) => event.data.id)).toEqual([vm.id, 'vsphere-demo']);
    expect(theirs.events.map((event) => event.data.id)).toEqual([hidden.id, 'vsphere-demo']);
    expect(all.events.map((event) => event.data.noun)).toEqual(['vm', 'vm', 'publisher', 'site']);
  });

  it('resumes after the last event that was received: of each thing its latest state, in order, none lost', async () => {
    const first = await open();
    const vm = await changeVm();
    await seen(first, 1);
    first.close();
    const place = Number(first.events[0]?.id);
    for (const power of ['off', 'on', 'off'] as const) await changeVm(tenant, { ...vm, power });
    const second = await changeVm();
    await changeVm(other);
    await scene.projected();
    const resumed = await open(tenant.token, place);
    await seen(resumed, 2);
    expect(resumed.events.map(({ id, data }) => [Number(id), data.id, data.seq])).toEqual([
      [place + 3, vm.id, 4],
      [place + 4, second.id, 1],
    ]);
  });

  it('brings everything from 0, through many pages, while changes go on', async () => {
    const vms = Array.from({ length: 1_300 }, () => aVm({ tenantId: tenant.id, projectId: tenant.projectId }));
    await scene.approvals.publish(...vms.map((vm) => scene.approvals.write('vm', vm.id, vm)));
    await scene.projected();
    const reader = await open(tenant.token, 0);
    const late = await Promise.all(Array.from({ length: 50 }, () => changeVm()));
    const wanted = new Set([...vms, ...late].map((vm) => vm.id));
    await waitUntil(() => {
      const told = new Set(reader.events.map((event) => event.data.id));
      return [...wanted].every((id) => told.has(id));
    }, 'every VM');
    const places = reader.events.map((event) => Number(event.id));
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  it('does not pass over a change that came late behind a gap', async () => {
    const reader = await open();
    const vm = aVm({ tenantId: tenant.id, projectId: tenant.projectId });
    const late = scene.approvals.write('vm', vm.id, vm);
    const next = await changeVm();
    await waitUntil(async () => (await scene.count('resource', `id = '${next.id}'`)) === 1, 'the row behind the gap');
    expect(reader.events).toEqual([]);
    await scene.approvals.publish(late);
    await seen(reader, 2);
    expect(reader.events.map((event) => event.data.id)).toEqual([vm.id, next.id]);
  });

  it('takes a place beyond its end for its end', async () => {
    const reader = await open(tenant.token, 999_999_999);
    const vm = await changeVm();
    await seen(reader, 1);
    expect(reader.events[0]?.data.id).toBe(vm.id);
  });

  it('has ten readers per principal, and room again when one leaves', async () => {
    await Promise.all(Array.from({ length: 10 }, () => open()));
    const refused = await scene.call('streamEvents', { token: tenant.token });
    expect([refused.status, refused.body['code']]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect((await open(other.token)).status).toBe(200);
    readers[0]?.close();
    await waitUntil(async () => (await openStreams()) === 10, 'one reader less');
    expect((await open()).status).toBe(200);
  });
});

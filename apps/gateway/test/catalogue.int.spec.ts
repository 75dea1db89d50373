import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import type { Image, Rate, RouteName, Size } from '@dcm/contracts';
import { anImage, aRate, aSize, aVm } from './docs';
import { aBody, Scene, type Answer, type TestTenant } from './scene';
import { SseReader } from './sse-reader';

jest.setTimeout(60_000);

interface Page<T> {
  items: T[];
}

describe('images and sizes of some tenants', () => {
  let scene: Scene;
  let mine: TestTenant;
  let other: TestTenant;
  let image: Image;
  let size: Size;
  beforeAll(async () => {
    scene = await Scene.open();
    mine = await scene.tenant();
    other = await scene.tenant('Other');
    const visibility = { tenants: [mine.id, newId()] as Image['id'][] } as never;
    image = anImage({ name: 'secret', visibility });
    size = aSize({ name: 'hidden', visibility });
    await scene.approvals.change('image', image.id, image);
    await scene.approvals.change('size', size.name, size);
    await scene.projected();
  });
  afterAll(() => scene.close());

  const names = async (route: RouteName, token: string): Promise<string[]> =>
    (await scene.call<Page<Image | Size>>(route, { token })).body.items.map(({ name }) => name);
  const ofMine = () => ({ tenants: [mine.id] });

  it('are listed to them and to the platform, and to nobody else', async () => {
    for (const [route, name] of [
      ['listImages', 'secret'],
      ['listSizes', 'hidden'],
    ] as const) {
      expect(await names(route, mine.token)).toContain(name);
      expect(await names(route, scene.adminToken)).toContain(name);
      const seen = await names(route, other.token);
      expect([seen.length > 0, seen.includes(name)]).toEqual([true, false]);
    }
  });

  it('are shown to no tenant when their visibility is said in words of a later version', async () => {
    const from = scene.approvals.journal.length;
    const later = aSize({ name: 'later' });
    await scene.approvals.change('size', 'later', { ...later, visibility: { groups: ['x'] } as never });
    await scene.approvals.change('size', 'small', aSize());
    await scene.projected();
    expect(await names('listSizes', mine.token)).not.toContain('later');
    const reader = await SseReader.open(scene.gateway.url, mine.token, { 'last-event-id': String(from) });
    await waitUntil(() => reader.events.length > 0, 'the event');
    expect(reader.events.map(({ data }) => data.id)).toEqual(['small']);
    reader.close();
  });

  it('are read by them, who learn of no other tenant, and by the platform; to others they do not exist', async () => {
    const read = <T>(token: string, what: 'image' | 'size'): Promise<Answer<T>> =>
      what === 'image'
        ? scene.call<T>('getImage', { token, params: { id: image.id } })
        : scene.call<T>('getSize', { token, params: { name: 'hidden' } });
    expect((await read<Image>(mine.token, 'image')).body).toEqual({ ...image, visibility: ofMine() });
    expect((await read<Size>(mine.token, 'size')).body).toEqual({ ...size, visibility: ofMine() });
    expect((await read<Image>(scene.adminToken, 'image')).body).toEqual(image);
    const { body } = await scene.call<Page<Image>>('listImages', { token: mine.token });
    expect(body.items.find(({ id }) => id === image.id)?.visibility).toEqual(ofMine());
    expect((await read(other.token, 'image')).status).toBe(404);
    expect((await read(other.token, 'size')).status).toBe(404);
  });

  it('are named by them in a request; to others they are not known, also to the platform that asks for others', async () => {
    const create = (
      tenant: TestTenant,
      fields: Record<string, unknown>,
      token = tenant.token,
    ): Promise<Answer<unknown>> => scene.call('createVm', { token, body: aBody(tenant.projectId, fields) });
    const named = { image: 'secret', size: 'hidden' };
    expect((await create(mine, named)).status).toBe(202);
    const admin = await scene.token(null, ['platform-admin', 'developer'], 'root');
    for (const token of [other.token, admin]) {
      const answers = [await create(other, { image: 'secret' }, token), await create(other, { size: 'hidden' }, token)];
      expect(answers.map(({ status, body }) => [status, (body as { errors: unknown }).errors])).toEqual([
        [404, [{ pointer: '/image', message: 'image secret is not known' }]],
        [404, [{ pointer: '/size', message: 'size hidden is not known' }]],
      ]);
    }
  });

  it('are no size that others could grow to', async () => {
    const place = { tenantId: other.id, projectId: other.projectId };
    const vm = aVm(place);
    await scene.approvals.change('vm', vm.id, vm);
    await scene.projected();
    const params = { id: vm.id };
    const answer = await scene.call('resizeVm', { token: other.token, params, body: { size: 'hidden' } });
    expect(answer.status).toBe(404);
  });

  it('have rates that only they see, live and when they catch up, because a rate tells the name of its size', async () => {
    const from = scene.approvals.journal.length;
    const change = (rate: Rate): Promise<unknown> => scene.approvals.change('rate', rate.id, rate);
    const live = [
      await SseReader.open(scene.gateway.url, mine.token),
      await SseReader.open(scene.gateway.url, other.token),
    ];
    const dear = aSize({ name: 'dear', visibility: ofMine() });
    await scene.approvals.change('size', 'dear', dear);
    const [hidden, forAll, unknown] = [
      aRate({ scope: { size: 'dear' } }),
      aRate(),
      aRate({ scope: { size: 'nowhere' } }),
    ];
    for (const rate of [hidden, unknown, forAll]) await change(rate);
    await scene.projected();
    const listed = async (token: string): Promise<string[]> =>
      (await scene.call<Page<Rate>>('listRates', { token })).body.items.map(({ id }) => id).sort();
    const all = [hidden, forAll, unknown].map(({ id }) => id).sort();
    expect(await listed(scene.adminToken)).toEqual(all);
    expect(await listed(mine.token)).toEqual([hidden.id, forAll.id].sort());
    expect(await listed(other.token)).toEqual([forAll.id]);
    const resume = { 'last-event-id': String(from) };
    const late = [
      await SseReader.open(scene.gateway.url, mine.token, resume),
      await SseReader.open(scene.gateway.url, other.token, resume),
    ];
    for (const [toMine, toOther] of [live, late] as [SseReader, SseReader][]) {
      const ids = ({ events }: SseReader): string[] => events.map(({ data }) => data.id);
      await waitUntil(() => [toMine, toOther].every((reader) => ids(reader).includes(forAll.id)), 'the events');
      expect([ids(toMine), ids(toOther)]).toEqual([['dear', hidden.id, forAll.id], [forAll.id]]);
    }
    for (const reader of [...live, ...late]) reader.close();
    await scene.approvals.change('size', 'dear', { ...dear, visibility: 'all' });
    await scene.projected();
    expect(await listed(other.token)).toEqual([hidden.id, forAll.id].sort());
  });

  it('are known at once to a tenant that is named from now on', async () => {
    const late = aSize({ name: 'late', visibility: ofMine() });
    await scene.approvals.change('size', 'late', late);
    await scene.projected();
    const ask = (): Promise<Answer<unknown>> =>
      scene.call('createVm', { token: other.token, body: aBody(other.projectId, { size: 'late' }) });
    expect((await ask()).status).toBe(404);
    await scene.approvals.change('size', 'late', { ...late, visibility: 'all' });
    await scene.projected();
    expect((await ask()).status).toBe(202);
  });

  it('are told to them, live and when they catch up, and to nobody else', async () => {
    const from = scene.approvals.journal.length;
    const readers: SseReader[] = [];
    const open = async (token: string, lastEventId?: number): Promise<SseReader> => {
      const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
      const reader = await SseReader.open(scene.gateway.url, token, headers);
      readers.push(reader);
      return reader;
    };
    const live = [await open(mine.token), await open(other.token), await open(scene.adminToken)];
    await scene.approvals.change('image', image.id, { ...image, description: 'new' });
    const open1 = anImage({ name: `open-${newId().slice(-8)}` });
    await scene.approvals.change('image', open1.id, open1);
    await scene.projected();
    const late = [await open(mine.token, from), await open(other.token, from), await open(scene.adminToken, from)];
    const ids = (reader: SseReader): string[] => reader.events.map(({ data }) => data.id);
    for (const group of [live, late]) {
      await waitUntil(() => group.every((reader) => ids(reader).includes(open1.id)), 'the events');
      expect(group.map(ids)).toEqual([[image.id, open1.id], [open1.id], [image.id, open1.id]]);
      const [toMine, , toAll] = group.map((reader) => reader.events[0]?.data.doc as unknown as Image);
      expect([toMine?.visibility, toAll?.visibility]).toEqual([ofMine(), image.visibility]);
    }
    for (const reader of readers) reader.close();
  });
});

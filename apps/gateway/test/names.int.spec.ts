import { DcmError, type Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import { anImage, aProject, aSize, aSnapshot, aVm } from './docs';
import type { PublishedRequest } from './fake-approvals';
import { aBody, Scene, type Answer, type TestTenant } from './scene';

jest.setTimeout(60_000);

interface Problem {
  code: string;
  detail: string;
  errors: { pointer: string; message: string }[];
}

describe('names in a request', () => {
  let scene: Scene;
  let tenant: TestTenant;
  let vm: Vm;
  beforeAll(async () => {
    // The read model is not compared with the journal meanwhile: only the door itself can tell that it is behind.
    scene = await Scene.open({ DCM_CATCH_UP_MS: '3600000' });
    tenant = await scene.tenant();
    vm = aVm({ tenantId: tenant.id, projectId: tenant.projectId });
    await scene.approvals.change('vm', vm.id, vm);
    await scene.projected();
  });
  afterAll(() => scene.close());

  const create = (change: object = {}, headers: Record<string, string> = {}): Promise<Answer<Vm>> =>
    scene.call<Vm>('createVm', { token: tenant.token, body: aBody(tenant.projectId, { ...change }), headers });
  const change = (route: 'resizeVm' | 'revertSnapshot' | 'removeSnapshot', body?: object): Promise<Answer<Vm>> =>
    scene.call<Vm>(route, { token: tenant.token, params: { id: vm.id, snapshotId: newId() }, body });
  const problemOf = ({ body }: Answer<Vm>): Problem => body as unknown as Problem;

  const unknown: [what: string, pointer: string, ask: () => Promise<Answer<Vm>>][] = [
    ['a project', '/projectId', () => create({ projectId: newId() })],
    ['a size', '/size', () => create({ size: 'no-such' })],
    ['an image', '/image', () => create({ image: 'no-such' })],
    ['a size to grow to', '/size', () => change('resizeVm', { size: 'no-such' })],
    ['a snapshot to go back to', 'path/snapshotId', () => change('revertSnapshot')],
    ['a snapshot to remove', 'path/snapshotId', () => change('removeSnapshot')],
  ];

  it.each(unknown)('%s that surely does not exist is refused at once, at %s', async (_, pointer, ask) => {
    const before = await scene.count('request');
    const answer = await ask();
    expect([answer.status, problemOf(answer).code]).toEqual([404, 'NOT_FOUND']);
    expect(problemOf(answer).errors).toEqual([expect.objectContaining({ pointer })]);
    expect(await scene.count('request')).toBe(before);
  });

  it('an image that has no template on the site is refused with that cause', async () => {
    const id = newId();
    const image = (site: string) => anImage({ id, name: 'windows-2025', templates: { [site]: 'tpl' } });
    await scene.approvals.change('image', id, image('elsewhere'));
    await scene.projected();
    const answer = await create({ image: 'windows-2025' });
    expect([answer.status, problemOf(answer).errors]).toEqual([
      404,
      [{ pointer: '/image', message: 'image windows-2025 has no template on site vsphere-demo' }],
    ]);
    await scene.approvals.change('image', id, image('vsphere-demo'));
    await scene.projected();
    expect((await create({ image: 'windows-2025' })).status).toBe(202);
  });

  describe('an image', () => {
    const tell = async (fields: object): Promise<string> => {
      const name = `img-${newId().slice(-12)}`;
      const image = anImage({ name, ...fields });
      await scene.approvals.change('image', image.id, image);
      await scene.projected();
      return name;
    };
    const bare = (image: string, fields: object = {}): Promise<Answer<Vm>> =>
      create({ image, size: undefined, disks: [], ...fields });

    it('gives its size and disk to a request that names none', async () => {
      const figures = await bare(await tell({ defaults: { cpus: 3, memoryMib: 3072, diskGib: 17 } }));
      expect([figures.status, figures.body]).toMatchObject([
        202,
        { cpus: 3, memoryMib: 3072, size: null, disks: [{ sizeGib: 17 }] },
      ]);
      const size = await bare(await tell({ defaults: { size: 'small' } }));
      expect([size.status, size.body]).toMatchObject([202, { cpus: 2, memoryMib: 2048, size: 'small', disks: [] }]);
    });

    it('is asked for in the caller’s words, whatever it gives', async () => {
      const image = await tell({ defaults: { cpus: 3, memoryMib: 3072, diskGib: 17 } });
      await bare(image);
      const sent = (): PublishedRequest | undefined =>
        scene.approvals.requests.find(({ data }) => (data as { image?: string }).image === image);
      await waitUntil(() => sent() !== undefined, 'the request');
      expect(sent()?.data).toMatchObject({ image, disks: [] });
      expect(sent()?.data).not.toHaveProperty('cpus');
    });

    const refused: [what: string, status: number, pointer: string, asked: [image: object, body: object]][] = [
      ['that is retired', 409, '/image', [{ state: 'retired', defaults: { size: 'small' } }, {}]],
      ['that gives no size to a request without one', 400, '/cpus', [{}, {}]],
      ['that needs more memory', 400, '/memoryMib', [{ minimums: { memoryMib: 512 } }, { cpus: 1, memoryMib: 256 }]],
      ['that needs a larger size', 400, '/size', [{ minimums: { cpus: 4 } }, { size: 'small' }]],
      ['that gives a size that is not there', 404, '/size', [{ defaults: { size: 'none' } }, {}]],
    ];
    it.each(refused)('%s is refused with %i at %s', async (_, status, pointer, [fields, body]) => {
      const answer = await bare(await tell(fields), body);
      expect([answer.status, problemOf(answer).errors]).toEqual([status, [expect.objectContaining({ pointer })]]);
    });

    it('that is no longer retired is taken at once', async () => {
      const image = anImage({ name: 'comes-back', state: 'retired' });
      await scene.approvals.change('image', image.id, image);
      await scene.projected();
      expect((await bare(image.name, { size: 'small' })).status).toBe(409);
      await scene.approvals.change('image', image.id, { ...image, state: 'active' });
      await scene.projected();
      expect((await bare(image.name, { size: 'small' })).status).toBe(202);
    });
  });

  it('another tenant’s project is as unknown as one that is not there', async () => {
    const foreign = aProject();
    await scene.approvals.change('project', foreign.id, foreign);
    await scene.projected();
    const [theirs, none] = [await create({ projectId: foreign.id }), await create({ projectId: newId() })];
    const text = (answer: Answer<Vm>): string => problemOf(answer).detail.replaceAll(/[0-9a-f-]{36}/g, '…');
    expect([theirs.status, text(theirs)]).toEqual([none.status, text(none)]);
  });

  it('a repetition gets its first answer, whatever became of the names', async () => {
    const headers = { 'idempotency-key': newId() };
    const first = await create({}, headers);
    await scene.sql.query(`UPDATE gateway.resource SET name = 'gone' WHERE kind = 'image' AND name = 'debian-12'`);
    const second = await create({}, headers);
    await scene.sql.query(`UPDATE gateway.resource SET name = 'debian-12' WHERE kind = 'image' AND name = 'gone'`);
    expect([second.status, second.body]).toEqual([202, first.body]);
  });

  describe('when the read model is behind', () => {
    it('are waited for, and found', async () => {
      const size = scene.approvals.write('size', 'late', aSize({ name: 'late', cpus: 16 }));
      const asked = create({ size: 'late' });
      await new Promise(setImmediate);
      await scene.approvals.publish(size);
      const answer = await asked;
      expect([answer.status, answer.body.cpus]).toEqual([202, 16]);
    });

    describe.each([
      ['and stays so', () => ({ rows: [], head: 1_000_000 })],
      [
        'and approvals does not say how far',
        () => {
          throw new DcmError('UNAVAILABLE', 'Unable to read the journal');
        },
      ],
    ])('%s', (_, answerer) => {
      beforeAll(() => {
        scene.approvals.answer('journal.read', answerer);
      });

      it.each(unknown.filter(([what]) => what !== 'a project'))('%s is left to approvals', async (_what, _at, ask) => {
        const answer = await ask();
        expect([answer.status, answer.headers.get('operation-location')]).toEqual([202, expect.any(String)]);
      });

      it('a project is neither taken nor refused: the caller is asked to come back', async () => {
        const answer = await create({ projectId: newId() });
        expect([answer.status, problemOf(answer).code]).toEqual([503, 'UNAVAILABLE']);
        expect(answer.headers.get('retry-after')).toBe('1');
      });

      it('what is known is not asked about', async () => {
        expect((await create()).status).toBe(202);
      });
    });
  });

  it('a snapshot that is there can be gone back to', async () => {
    const snapshot = aSnapshot();
    const kept = aVm({ tenantId: tenant.id, projectId: tenant.projectId, snapshots: [snapshot] });
    await scene.approvals.change('vm', kept.id, kept);
    await scene.projected();
    const params = { id: kept.id, snapshotId: snapshot.id.toUpperCase() };
    expect((await scene.call('revertSnapshot', { token: tenant.token, params })).status).toBe(202);
  });
});

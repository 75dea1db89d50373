import type { Operation, RouteName, Vm } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { newId } from '@dcm/runtime';
import { aSnapshot, aVm } from './docs';
import { Scene, type Answer, type TestTenant } from './scene';

jest.setTimeout(60_000);

const snapshotId = newId();

interface Door {
  readonly route: RouteName;
  readonly kind: Operation['kind'];
  readonly body?: object;
  /** What the message says beside the VM's id. */
  readonly sent: object;
  /** Another wish at the same door; none where there is nothing else to wish. */
  readonly other?: object;
}

const doors: Door[] = [
  {
    route: 'powerVm',
    kind: 'vm.power',
    body: { action: 'RESTART' },
    sent: { power: { action: 'RESTART', mode: 'TRY_SOFT' } },
    other: { action: 'ON' },
  },
  {
    route: 'resizeVm',
    kind: 'vm.resize',
    body: { cpus: 4, disks: [{ sizeGib: 20 }], labels: { env: 'test' } },
    sent: { cpus: 4, disks: [{ sizeGib: 20 }], labels: { env: 'test' } },
    other: { cpus: 8 },
  },
  {
    route: 'createSnapshot',
    kind: 'vm.snapshot.create',
    body: { name: 'before upgrade' },
    sent: { name: 'before upgrade', description: '', memory: false },
    other: { name: 'before upgrade', memory: true },
  },
  { route: 'revertSnapshot', kind: 'vm.snapshot.revert', sent: { snapshotId } },
  { route: 'removeSnapshot', kind: 'vm.snapshot.remove', sent: { snapshotId } },
  { route: 'deleteVm', kind: 'vm.delete', sent: {} },
];
const each = doors.map((door): [RouteName, Door] => [door.route, door]);

describe('a door that changes a VM', () => {
  let scene: Scene;
  let tenant: TestTenant;
  beforeAll(async () => {
    scene = await Scene.open();
    tenant = await scene.tenant();
  });
  afterAll(() => scene.close());

  const existingVm = async (change: object = {}): Promise<Vm> => {
    const place = { tenantId: tenant.id, projectId: tenant.projectId };
    const vm = aVm({ ...place, snapshots: [aSnapshot({ id: snapshotId })], ...change });
    await scene.approvals.change('vm', vm.id, vm);
    await scene.projected();
    return vm;
  };

  const use = ({ route, body }: Door, vm: Vm, headers: Record<string, string> = {}): Promise<Answer<Vm>> =>
    scene.call<Vm>(route, { token: tenant.token, params: { id: vm.id, snapshotId }, body, headers });

  const sentFor = async (operationId: string): Promise<unknown> => {
    const found = () => scene.approvals.requests.find((request) => request.id === operationId);
    await waitUntil(() => found() !== undefined, `request ${operationId}`);
    const request = found();
    return { type: request?.type, data: request?.data, subject: request?.subject };
  };

  it.each(each)('%s answers 202 with the VM, and its operation can be read at once', async (_, door) => {
    const vm = await existingVm();
    const answer = await use(door, vm);
    const { operationId } = answer.body;
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ ...vm, operationId });
    expect(operationId).not.toBe(vm.operationId);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      location: `/v1/vms/${vm.id}`,
      'operation-location': `/v1/operations/${operationId}`,
      'retry-after': '1',
      etag: '"1"',
    });
    const operation = await scene.call<Operation>('getOperation', { token: tenant.token, params: { id: operationId } });
    expect(operation.body).toMatchObject({ kind: door.kind, vmId: vm.id, state: 'accepted', site: vm.site, seq: 0 });
    expect(await sentFor(operationId)).toEqual({
      type: `io.dcm.${door.kind}.v1`,
      subject: vm.id,
      data: { vmId: vm.id, ...door.sent },
    });
  });

  it.each(each)('%s gives the first answer to a repetition, and sends nothing more', async (_, door) => {
    const vm = await existingVm();
    const headers = { 'idempotency-key': newId() };
    const first = await use(door, vm, headers);
    const before = await scene.count('request');
    await scene.approvals.change('vm', vm.id, { ...vm, lifecycle: 'reconfiguring' });
    await scene.projected();
    const second = await use(door, vm, headers);
    expect([second.status, second.body]).toEqual([202, first.body]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(await scene.count('request')).toBe(before);
  });

  it.each(each)('%s refuses a key that stands for something else', async (_, door) => {
    const [vm, another] = [await existingVm(), await existingVm()];
    const headers = { 'idempotency-key': newId() };
    await use(door, vm, headers);
    const answers = [await use(door, another, headers)];
    if (door.other !== undefined) answers.push(await use({ ...door, body: door.other }, vm, headers));
    for (const { status, body } of answers) {
      expect([status, (body as unknown as { code: string }).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
  });

  it.each(each)('%s refuses a state that is no longer the current one', async (_, door) => {
    const vm = await existingVm();
    const before = await scene.count('request');
    const answer = await use(door, vm, { 'if-match': '"7"' });
    const { code, errors } = answer.body as unknown as { code: string; errors: { pointer: string }[] };
    expect([answer.status, code, errors[0]?.pointer]).toEqual([412, 'PRECONDITION_FAILED', 'header/If-Match']);
    expect(await scene.count('request')).toBe(before);
  });

  it.each(each)('%s tells approvals which state it is meant for, so that of two callers one wins', async (_, door) => {
    const vm = await existingVm();
    const matched = await use(door, vm, { 'if-match': '"3", "1"' });
    expect(await sentFor(matched.body.operationId)).toMatchObject({ data: { vmId: vm.id, expectedSeq: 1 } });
    const any = await use(door, vm, { 'if-match': '*' });
    expect(await sentFor(any.body.operationId)).toMatchObject({ data: { vmId: vm.id, ...door.sent } });
    expect(JSON.stringify(await sentFor(any.body.operationId))).not.toContain('expectedSeq');
  });

  it.each(each)('%s knows no VM that is not there', async (_, door) => {
    const answer = await use(door, aVm());
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([404, 'NOT_FOUND']);
  });

  it.each(each)('%s waits for the end when the caller prefers to', async (_, door) => {
    const vm = await existingVm();
    scene.approvals.onRequest = async ({ id }) => {
      const kept = await scene.call<Operation>('getOperation', { token: tenant.token, params: { id } });
      await scene.approvals.change('vm', vm.id, { ...vm, cpus: 7 });
      await scene.approvals.change('operation', id, { ...kept.body, state: 'succeeded', done: true });
    };
    const answer = await use(door, vm, { prefer: 'wait=30' });
    scene.approvals.onRequest = () => Promise.resolve();
    expect([answer.status, answer.body.cpus, answer.headers.get('etag')]).toEqual([200, 7, '"2"']);
  });

  const malformed: [route: RouteName, what: string, pointer: string, body: unknown][] = [
    ['resizeVm', 'nothing to change', '/', {}],
    ['resizeVm', 'no body', '/', undefined],
    ['resizeVm', 'an array', '/', []],
    ['resizeVm', 'an unknown key', '/name', { name: 'web-02', cpus: 2 }],
    ['resizeVm', 'the VM in the body', '/vmId', { vmId: newId(), cpus: 2 }],
    ['resizeVm', 'a state in the body', '/expectedSeq', { expectedSeq: 1, cpus: 2 }],
    ['resizeVm', 'a size beside cpus', '/size', { size: 'small', cpus: 2 }],
    ['resizeVm', 'no CPU', '/cpus', { cpus: 0 }],
    ['resizeVm', 'memory as text', '/memoryMib', { memoryMib: '2048' }],
    ['resizeVm', 'memory that is no multiple of 4', '/memoryMib', { memoryMib: 1025 }],
    ['resizeVm', 'no disks', '/disks', { disks: [] }],
    ['resizeVm', 'half a disk', '/disks/1/sizeGib', { disks: [{ sizeGib: 1 }, { sizeGib: 0.5 }] }],
    ['resizeVm', 'a label of an object', '/labels/a', { labels: { a: {} } }],
    ['resizeVm', 'protection as text', '/deletionProtection', { deletionProtection: 'no' }],
    ['createSnapshot', 'no name', '/name', {}],
    ['createSnapshot', 'a name that begins with a space', '/name', { name: ' x' }],
    ['createSnapshot', 'a name with a slash', '/name', { name: 'a/b' }],
    ['createSnapshot', 'a line break in the description', '/description', { name: 'a', description: 'x\ny' }],
    ['createSnapshot', 'memory as a number', '/memory', { name: 'a', memory: 1 }],
    ['createSnapshot', 'an unknown key', '/quiesce', { name: 'a', quiesce: true }],
    ['revertSnapshot', 'a body', '/force', { force: true }],
    ['removeSnapshot', 'a body', '/children', { children: true }],
    ['openConsole', 'a body', '/kind', { kind: 'vnc' }],
  ];
  it.each(malformed)('%s with %s points at %s', async (route, _what, pointer, body) => {
    const vm = await existingVm();
    const before = await scene.count('request');
    const answer = await scene.call(route, { token: tenant.token, params: { id: vm.id, snapshotId }, body });
    expect([answer.status, answer.body['code']]).toEqual([400, 'INVALID_REQUEST']);
    const errors = answer.body['errors'] as { pointer: string }[];
    expect(errors.map((error) => error.pointer)).toContain(pointer);
    expect(await scene.count('request')).toBe(before);
  });

  it('refuses a snapshot whose id is none', async () => {
    const answer = await scene.call('revertSnapshot', {
      token: tenant.token,
      params: { id: newId(), snapshotId: 'before' },
    });
    expect([answer.status, answer.body['errors']]).toEqual([
      400,
      [expect.objectContaining({ pointer: 'path/snapshotId' })],
    ]);
  });

  describe('lists snapshots', () => {
    interface Page {
      items: Vm['snapshots'];
      nextPageToken: string | null;
    }
    const list = (vm: Vm, query = ''): Promise<Answer<Page>> =>
      scene.call<Page>('listSnapshots', { token: tenant.token, params: { id: vm.id }, query });

    it('newest first, page by page, each once', async () => {
      const at = (second: number): string => new Date(1_700_000_000_000 + second * 1000).toISOString();
      const snapshots = [2, 0, 1, 1, 3].map((second) => aSnapshot({ createdAt: at(second) }));
      const vm = await existingVm({ snapshots });
      const seen: Vm['snapshots'] = [];
      for (let token: string | null = ''; token !== null;) {
        const { body }: Answer<Page> = await list(vm, `?pageSize=2${token === '' ? '' : `&pageToken=${token}`}`);
        seen.push(...body.items);
        token = body.nextPageToken;
      }
      expect(seen.map(({ createdAt }) => createdAt)).toEqual([3, 2, 1, 1, 0].map(at));
      expect(new Set(seen)).toEqual(new Set(snapshots));
    });

    it('of one VM only: the token of another is refused', async () => {
      const snapshots = [aSnapshot(), aSnapshot()];
      const [one, two] = [await existingVm({ snapshots }), await existingVm({ snapshots })];
      const { body } = await list(one, '?pageSize=1');
      const answer = await list(two, `?pageToken=${body.nextPageToken ?? ''}`);
      expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([400, 'INVALID_REQUEST']);
    });

    it('of a VM that has none, and of one from before there were snapshots', async () => {
      const vm = await existingVm({ snapshots: [] });
      expect((await list(vm)).body).toEqual({ items: [], nextPageToken: null });
      await scene.sql.query(`UPDATE gateway.resource SET doc = doc - 'snapshots' WHERE kind = 'vm' AND id = $1`, [
        vm.id,
      ]);
      expect((await list(vm)).body).toEqual({ items: [], nextPageToken: null });
    });
  });
});

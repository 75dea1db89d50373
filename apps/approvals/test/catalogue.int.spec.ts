import { newId } from '@dcm/runtime';
import type { AdminInput, CreateVmInput, Image, Operation } from '@dcm/contracts';
import { OperationsStand, aBody, type Home } from './operations-stand';
import { errorOf } from './stand';

jest.setTimeout(60_000);

describe('the catalogue', () => {
  let stand: OperationsStand;
  let home: Home;

  beforeAll(async () => {
    stand = await OperationsStand.open();
  });
  beforeEach(async () => {
    home = await stand.home();
  });
  afterEach(() => stand.assertInvariants());
  afterAll(() => stand.close());

  const word = (prefix: string): string => `${prefix}-${newId().slice(-12)}`;
  /** An image with a template at home. */
  const image = (fields: Partial<AdminInput<'admin.image.create'>> = {}): Promise<Image> =>
    stand.call('admin.image.create', { name: word('img'), templates: { [home.site]: 'tpl' }, ...fields });
  const change = (id: Image['id'], fields: Omit<AdminInput<'admin.image.update'>, 'id'>): Promise<Image> =>
    stand.call('admin.image.update', { id, ...fields });
  const size = (fields: Partial<AdminInput<'admin.size.create'>> = {}): Promise<{ name: string }> =>
    stand.call('admin.size.create', { name: word('size'), cpus: 4, memoryMib: 4096, ...fields });
  /** A request that leaves to the image whatever it can. */
  const bare = (name: string, fields: Partial<CreateVmInput> = {}): CreateVmInput =>
    aBody(home, { image: name, size: undefined, disks: [], ...fields });
  const ended = async (body: CreateVmInput, state: 'succeeded' | 'rejected'): Promise<Operation> =>
    stand.until(await stand.ask(home, 'io.dcm.vm.create.v1', body), state);

  it('says what an image is, gives and needs, and takes it back', async () => {
    const said = {
      versions: { [home.site]: '12.5' },
      guestOs: 'debian12',
      description: 'With cloud-init',
      defaults: { cpus: 1, memoryMib: 1024, diskGib: 10 },
      minimums: { memoryMib: 512 },
    };
    const made = await image(said);
    expect(made).toMatchObject({ ...said, state: 'active', seq: 1 });
    const { id, name, createdAt } = made;
    expect(await change(id, { state: 'retired' })).toEqual({ ...made, state: 'retired', seq: 2 });
    const nothing = { guestOs: null, description: null, defaults: null, minimums: null };
    const bareImage = {
      id,
      name,
      templates: {},
      versions: {},
      defaults: {},
      minimums: {},
      state: 'retired',
      createdAt,
    };
    const changed = await change(id, { ...nothing, templates: { [home.site]: null } });
    expect(changed).toEqual({ ...bareImage, visibility: 'all', seq: 3 });
    const sql = 'SELECT doc FROM approvals.journal WHERE subject = $1 ORDER BY seq DESC LIMIT 1';
    expect(await stand.rows(sql, [id])).toEqual([{ doc: changed }]);
  });

  it('refuses an image that contradicts itself, and a change of nothing', async () => {
    expect(await errorOf(image({ defaults: { cpus: 1, memoryMib: 256 }, minimums: { memoryMib: 512 } }))).toMatchObject(
      {
        code: 'INVALID_REQUEST',
        details: [{ pointer: '/defaults/memoryMib' }],
      },
    );
    expect(await errorOf(image({ defaults: { size: word('none') } }))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(image({ defaults: { cpus: 1 } }))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await errorOf(image({ templates: {}, versions: { [home.site]: '1' } }))).toMatchObject({
      details: [{ pointer: `/versions/${home.site}` }],
    });
    const { id } = await image();
    expect(await errorOf(change(id, {}))).toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('gives an image’s size and disk to who names none: they are reserved, planned, priced and shown', async () => {
    const { name } = await image({ defaults: { cpus: 3, memoryMib: 3072, diskGib: 17 } });
    const hourly = { vcpuHourMicros: 10, memoryGibHourMicros: 1, diskGibHourMicros: 100 };
    await stand.call('admin.rate.create', { scope: { site: home.site }, ...hourly });
    const operation = await ended(bare(name), 'succeeded');
    expect(operation.plan).toMatchObject({
      amounts: { vcpus: 3, memoryMib: 3072, diskGib: 17, vms: 1 },
      price: { perHourMicros: 1733 },
    });
    expect(await stand.vm(operation.id)).toMatchObject({
      cpus: 3,
      memoryMib: 3072,
      size: null,
      disks: [{ sizeGib: 17 }],
    });
    expect(await stand.amounts(operation.id)).toEqual([3, 3072, 17]);
    expect(home.provisioner.commands('provision', operation.id)).toMatchObject([
      { vm: { spec: { cpus: 3, memoryMib: 3072, disks: [{ sizeGib: 17 }] } } },
    ]);
  });

  it('reserves the default disk before the site is asked', async () => {
    const { name } = await image({ defaults: { cpus: 1, memoryMib: 1024, diskGib: 60 } });
    await stand.call('admin.quota.set', { scope: 'project', id: home.projectId, limits: { diskGib: 50 } });
    expect((await ended(bare(name), 'rejected')).error).toMatchObject({
      code: 'QUOTA_EXCEEDED',
      details: [{ pointer: '/disks' }],
    });
    await ended(bare(name, { disks: [{ sizeGib: 50 }] }), 'succeeded');
  });

  it('gives a default size under its name', async () => {
    const { name: medium } = await size();
    const { name } = await image({ defaults: { size: medium } });
    const { id } = await ended(bare(name), 'succeeded');
    expect(await stand.vm(id)).toMatchObject({ size: medium, cpus: 4, memoryMib: 4096 });
    const { id: own } = await ended(bare(name, { cpus: 1, memoryMib: 512 }), 'succeeded');
    expect(await stand.vm(own)).toMatchObject({ size: null, cpus: 1, memoryMib: 512 });
  });

  it('refuses a request without a size when the image has none either', async () => {
    const { name } = await image();
    expect((await ended(bare(name), 'rejected')).error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ pointer: '/cpus' }],
    });
  });

  it('refuses a create and a resize below what the image needs', async () => {
    const { name, id } = await image({ minimums: { memoryMib: 1024, diskGib: 8 } });
    const small = bare(name, { cpus: 1, memoryMib: 512, disks: [{ sizeGib: 4 }] });
    expect((await ended(small, 'rejected')).error?.details).toEqual([
      { pointer: '/memoryMib', message: `image ${name} needs at least 1024 MiB of memory, not 512` },
      { pointer: '/disks/0/sizeGib', message: `image ${name} needs at least 8 GiB of system disk, not 4` },
    ]);
    const { id: vm } = await ended(bare(name, { cpus: 1, memoryMib: 2048 }), 'succeeded');
    const resize = async (body: object, state: 'succeeded' | 'rejected'): Promise<Operation> =>
      stand.until(await stand.resize(home, vm, body), state);
    expect((await resize({ memoryMib: 512 }, 'rejected')).error).toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ pointer: '/memoryMib' }],
    });
    await stand.call('admin.image.update', { id, minimums: { memoryMib: 8192 } });
    await resize({ cpus: 2 }, 'succeeded');
  });

  it('makes no new VM of a retired image, and leaves those that there are', async () => {
    const { name, id } = await image({ defaults: { cpus: 1, memoryMib: 512 } });
    const kept = await ended(bare(name), 'succeeded');
    expect(await stand.call('admin.image.update', { id, state: 'retired' })).toMatchObject({
      state: 'retired',
      seq: 2,
    });
    expect((await ended(bare(name), 'rejected')).error).toEqual({
      code: 'CONFLICT',
      message: expect.stringContaining(`image ${name} is retired`) as string,
      details: [{ pointer: '/image', message: `image ${name} is retired` }],
    });
    await stand.until(await stand.resize(home, kept.id, { cpus: 2 }), 'succeeded');
    await stand.call('admin.image.update', { id, state: 'active' });
    await ended(bare(name), 'succeeded');
  });

  it('answers a quote by the same rules, with the hash of the request', async () => {
    const { name, id } = await image({ defaults: { cpus: 1, memoryMib: 1024 }, minimums: { memoryMib: 1024 } });
    const quote = async (fields: Partial<CreateVmInput> = {}) =>
      (await stand.call('quote', bare(name, { name: 'same', ...fields }))).quotes[0];
    const { id: made } = await ended(bare(name, { name: 'same' }), 'succeeded');
    await stand.until(await stand.delete(home, made), 'succeeded');
    expect((await quote())?.plan?.hash).toBe((await stand.operation(made))?.plan?.hash);
    expect(await quote({ cpus: 1, memoryMib: 512 })).toMatchObject({ error: { details: [{ pointer: '/memoryMib' }] } });
    await stand.call('admin.image.update', { id, state: 'retired' });
    expect(await quote()).toMatchObject({ plan: null, error: { code: 'CONFLICT', details: [{ pointer: '/image' }] } });
  });

  describe('of some tenants', () => {
    let stranger: Home;
    beforeEach(async () => {
      stranger = await stand.neighbour(home);
    });
    const own = () => ({ visibility: { tenants: [home.tenantId] } });
    const errorAt = async (where: Home, body: Partial<CreateVmInput>): Promise<Operation['error']> => {
      const { projectId } = where;
      const asked = aBody(where, { ...body, projectId });
      return (await stand.until(await stand.ask(where, 'io.dcm.vm.create.v1', asked), 'rejected')).error;
    };
    /** What is told of a name, without the name: that of a hidden thing must not differ from that of none. */
    const withoutName = (error: Operation['error'], name: string): string =>
      JSON.stringify(error)
        .replaceAll(name, '…')
        .replaceAll(/vm-\d+/g, 'vm');

    it('is an image that to others does not exist, in the same words', async () => {
      const { name } = await image({ ...own(), defaults: { cpus: 1, memoryMib: 512 } });
      await ended(bare(name), 'succeeded');
      const hidden = await errorAt(stranger, { image: name });
      expect(hidden).toMatchObject({ code: 'NOT_FOUND', details: [{ message: `image ${name} is not known` }] });
      const none = await errorAt(stranger, { image: 'no-such' });
      expect(withoutName(hidden, name)).toBe(withoutName(none, 'no-such'));
      const bareHidden = await errorAt(stranger, { image: name, size: undefined });
      expect(bareHidden).toMatchObject({ code: 'NOT_FOUND', details: [{ pointer: '/image' }] });
    });

    it('is a size that to others does not exist: for a create, as a default and for a resize', async () => {
      const { name } = await size(own());
      await ended(aBody(home, { size: name }), 'succeeded');
      const hidden = await errorAt(stranger, { size: name });
      expect(withoutName(hidden, name)).toBe(withoutName(await errorAt(stranger, { size: 'no-such' }), 'no-such'));
      const vm = await stand.create(stranger);
      await stand.until(vm, 'succeeded');
      const resize = async (to: string): Promise<Operation['error']> =>
        (await stand.until(await stand.resize(stranger, vm, { size: to }), 'rejected')).error;
      expect(withoutName(await resize(name), name)).toBe(withoutName(await resize('no-such'), 'no-such'));
      expect(await errorOf(image({ defaults: { size: name } }))).toMatchObject({
        code: 'INVALID_REQUEST',
        details: [{ pointer: '/defaults/size' }],
      });
      const { name: theirs, id } = await image({ ...own(), defaults: { size: name } });
      await ended(bare(theirs), 'succeeded');
      await stand.call('admin.size.update', { name, visibility: { tenants: [stranger.tenantId] } });
      expect((await ended(bare(theirs), 'rejected')).error).toMatchObject({ details: [{ pointer: '/size' }] });
      expect(await errorOf(change(id, { visibility: 'all' }))).toMatchObject({ code: 'INVALID_REQUEST' });
    });

    it('is in no quote and no trial of others', async () => {
      const { name } = await image({ ...own(), defaults: { cpus: 1, memoryMib: 512 } });
      const { name: hiddenSize } = await size(own());
      const quoted = await stand.call('quote', aBody(stranger, { image: name }));
      expect(quoted.quotes).toMatchObject([
        { plan: null, error: { message: expect.stringContaining('not known') as string } },
      ]);
      const tina = { principal: 'tina', tenantId: stranger.tenantId, roles: ['tenant-admin'] };
      const trial = (fields: object): Promise<unknown> => {
        const { projectId } = stranger;
        const sample = { projectId, name: 'x', image: 'debian-12', ...fields };
        return stand.call('admin.policy.try', { against: { sample } }, tina);
      };
      expect(await errorOf(trial({ size: hiddenSize }))).toMatchObject({
        details: [{ message: `size ${hiddenSize} is not known` }],
      });
      expect(await errorOf(trial({ image: name }))).toMatchObject({ code: 'NOT_FOUND' });
    });

    it('is told and kept, and may become all', async () => {
      const made = await image(own());
      expect(made).toMatchObject(own());
      expect(await change(made.id, { description: 'x' })).toMatchObject(own());
      expect(await change(made.id, { visibility: 'all' })).toMatchObject({ visibility: 'all' });
      await stand.until(await stand.create(stranger, { image: made.name }), 'succeeded');
    });

    it('is refused for a tenant that is not there', async () => {
      const visibility = { tenants: [home.tenantId, newId()] };
      const expected = { code: 'NOT_FOUND', details: [{ pointer: '/visibility/tenants/1' }] };
      expect(await errorOf(image({ visibility }))).toMatchObject(expected);
      expect(await errorOf(size({ visibility }))).toMatchObject(expected);
      const { name } = await size();
      expect(await errorOf(stand.call('admin.size.update', { name, visibility }))).toMatchObject(expected);
      const missing = stand.call('admin.size.update', { name: 'no-such', visibility: 'all' });
      expect(await errorOf(missing)).toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  it('answers the same request again after the image changed', async () => {
    const { name, id } = await image({ defaults: { cpus: 1, memoryMib: 1024 } });
    const body = bare(name);
    const first = await ended(body, 'succeeded');
    await stand.call('admin.image.update', { id, defaults: { cpus: 2, memoryMib: 2048 } });
    await stand.ask(home, 'io.dcm.vm.create.v1', body, { id: first.id });
    await ended(bare(name), 'succeeded');
    expect([await stand.deadLetters(), (await stand.vm(first.id))?.cpus]).toEqual([[], 1]);
  });
});

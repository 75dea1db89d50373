import { createVmSchema, resizeVmSchema, type CreateVmInput } from './vm.schema';

const aBody = (change: Record<string, unknown> = {}): CreateVmInput => ({
  projectId: '0190a6b0-0000-7000-8000-000000000001',
  name: 'web-01',
  image: 'debian-12',
  size: 'small',
  ...change,
});

const pointers = (change: Record<string, unknown>): string[] => {
  const result = createVmSchema.safeParse(aBody(change));
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join('/'));
};

describe('createVmSchema', () => {
  it('accepts the smallest request and fills the defaults', () => {
    expect(createVmSchema.parse(aBody())).toMatchObject({
      poweredOn: true,
      disks: [],
      networks: [],
      labels: {},
      metadata: {},
      guest: { sshKeys: [] },
    });
  });

  it.each([
    ['a size beside cpus', { cpus: 2 }, 'size'],
    ['neither size nor cpus', { size: undefined, memoryMib: 1024 }, 'cpus'],
    ['no memory', { size: undefined, cpus: 1 }, 'memoryMib'],
    ['neither image nor size', { image: undefined, size: undefined, disks: [{ sizeGib: 1 }] }, 'cpus'],
    ['no image and no disk', { image: undefined }, 'disks'],
    ['an upper-case name', { name: 'Web' }, 'name'],
    ['a name that ends in a hyphen', { name: 'web-' }, 'name'],
    ['a path in a name', { name: '../x' }, 'name'],
    ['half a disk', { disks: [{ sizeGib: 1.5 }] }, 'disks/0/sizeGib'],
    ['memory that is no multiple of 4', { size: undefined, cpus: 1, memoryMib: 1025 }, 'memoryMib'],
    [
      'an address without a prefix',
      { networks: [{ network: 'n', address: { cidr: '10.0.0.1' } }] },
      'networks/0/address/cidr',
    ],
    ['two keys in one line', { guest: { sshKeys: ['ssh-ed25519 AAAA x\nssh-rsa BBBB'] } }, 'guest/sshKeys/0'],
    ['a project id that is no UUID', { projectId: 'p1' }, 'projectId'],
    ['no VM at all', { count: 0 }, 'count'],
    ['too many VMs', { count: 51 }, 'count'],
    ['one host name for two', { count: 2, guest: { hostname: 'web' } }, 'count'],
    ['one address for two', { count: 2, networks: [{ network: 'n', address: { cidr: '10.0.0.1/24' } }] }, 'count'],
    ['a name without room for its number', { count: 10, name: 'a'.repeat(51) }, 'name'],
  ])('refuses %s at its place', (_title, change, pointer) => {
    expect(pointers(change)).toContain(pointer);
  });

  it('leaves the size to the image when nothing is said of it', () => {
    expect(pointers({ size: undefined })).toEqual([]);
  });

  it('takes several VMs, one with all that it can have, and knows nothing of a number that is not given', () => {
    const own = { guest: { hostname: 'web' }, networks: [{ network: 'n', address: { cidr: '10.0.0.1/24' } }] };
    expect([pointers({ count: 50 }), pointers({ count: 1, ...own })]).toEqual([[], []]);
    expect(pointers({ count: 9, name: 'a'.repeat(51) })).toEqual([]);
    expect(createVmSchema.parse(aBody())).not.toHaveProperty('count');
  });

  it('refuses an unknown key', () => {
    expect(createVmSchema.safeParse(aBody({ hypervisor: 'x' })).success).toBe(false);
  });
});

describe('resizeVmSchema', () => {
  it.each([
    ['nothing to change', {}, ''],
    ['a size beside memory', { size: 'small', memoryMib: 1024 }, 'size'],
    ['no disks at all', { disks: [] }, 'disks'],
    ['what cannot be changed', { name: 'web-02' }, ''],
  ])('refuses %s at its place', (_title, body, pointer) => {
    const result = resizeVmSchema.safeParse(body);
    expect(result.error?.issues.map((issue) => issue.path.join('/'))).toContain(pointer);
  });

  it('takes protection and labels alone', () => {
    expect(resizeVmSchema.parse({ deletionProtection: false, labels: {} })).toEqual({
      deletionProtection: false,
      labels: {},
    });
  });
});

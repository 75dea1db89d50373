import { requestMessages, requestTypeOf } from './requests';

describe('requestTypeOf', () => {
  it('knows a request by its type and by its routing key alike', () => {
    expect(requestTypeOf('io.dcm.vm.create.v1', 'vm.create')).toBe('io.dcm.vm.create.v1');
    expect(requestTypeOf(undefined, 'vm.create')).toBe('io.dcm.vm.create.v1');
    expect(requestTypeOf('', 'vm.delete')).toBe('io.dcm.vm.delete.v1');
    expect(requestTypeOf('vm.power', 'anything')).toBe('io.dcm.vm.power.v1');
  });

  it('does not guess', () => {
    expect(requestTypeOf('io.dcm.vm.create.v2', 'vm.create')).toBeUndefined();
    expect(requestTypeOf(undefined, 'vm.explode')).toBeUndefined();
  });
});

describe('a request that changes a VM', () => {
  const vmId = '0190a6b0-0000-7000-8000-000000000001';
  const changes = {
    'io.dcm.vm.power.v1': { power: { action: 'ON' } },
    'io.dcm.vm.resize.v1': { cpus: 4 },
    'io.dcm.vm.snapshot.create.v1': { name: 'before' },
    'io.dcm.vm.snapshot.revert.v1': { snapshotId: vmId },
    'io.dcm.vm.snapshot.remove.v1': { snapshotId: vmId },
    'io.dcm.vm.delete.v1': {},
  } as const;

  it.each(Object.entries(changes) as [keyof typeof changes, object][])('may name its state: %s', (type, change) => {
    const { data } = requestMessages[type];
    expect(data.parse({ vmId, ...change })).not.toHaveProperty('expectedSeq');
    expect(data.parse({ vmId, ...change, expectedSeq: 7 })).toMatchObject({ vmId, expectedSeq: 7 });
    expect(data.safeParse({ vmId, ...change, expectedSeq: '7' }).success).toBe(false);
  });

  it('must change something, beside its VM and state', () => {
    const { data } = requestMessages['io.dcm.vm.resize.v1'];
    expect(data.safeParse({ vmId, expectedSeq: 7 }).success).toBe(false);
  });
});

describe('a request for several VMs', () => {
  const { data } = requestMessages['io.dcm.vm.create.v1'];
  const body = { projectId: '0190a6b0-0000-7000-8000-000000000001', name: 'web', image: 'debian-12', size: 's' };
  const pathsOf = (fields: object): string[] =>
    (data.safeParse({ ...body, ...fields }).error?.issues ?? []).map(({ path }) => path.join('/'));
  const secrets = { userData: 'sealed:v1:x' };

  it('holds the secrets of each VM after the first', () => {
    expect(pathsOf({ count: 3, guest: secrets, memberSecrets: [secrets, secrets] })).toEqual([]);
    expect(pathsOf({ count: 3, memberSecrets: [secrets] })).toEqual(['memberSecrets']);
    expect(pathsOf({ memberSecrets: [secrets] })).toEqual(['memberSecrets']);
    expect(pathsOf({ count: 2, memberSecrets: [{ ...secrets, hostname: 'x' }] })).toEqual(['memberSecrets/0']);
  });

  it('repeats nothing: one VM is asked for once more', () => {
    expect(pathsOf({ count: 2, resubmits: body.projectId })).toEqual(['count']);
    expect(pathsOf({ count: 1, resubmits: body.projectId })).toEqual([]);
  });
});

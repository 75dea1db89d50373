import { createVmSchema, operationStates, vmIdSchema, type OperationId } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { anOperation, createId, idOf, projectId, tenantId, vmId } from '../../test/scene.builder';
import type { OperationOrder } from '../operations/begin.mapper';
import { wishOf } from './request.policy';
import { askedOfChange, askedOfCreate, refusalOfResubmit, resubmittable, type Earlier } from './resubmit.policy';

const secrets = {
  userData: '#cloud-config\nhunter2',
  adminPassword: 'hunter2',
  domain: { name: 'corp.example', user: 'join@corp.example', password: 'hunter2', organizationalUnit: 'OU=x' },
};
const aCreate = (fields: object) => ({
  body: createVmSchema.parse({ projectId, name: 'web-01', image: 'debian-12', size: 's', ...fields }),
});

describe('what is kept of a request', () => {
  it('is all that a create said but its key and its guest secrets, which are named', () => {
    const guest = { hostname: 'web', sshKeys: ['ssh-ed25519 AAAA me'], ...secrets };
    const kept = askedOfCreate(aCreate({ guest, clientToken: 'k', labels: { a: 'b' } }));
    expect(JSON.stringify(kept)).not.toContain('hunter2');
    expect(kept.secrets).toEqual(['/guest/userData', '/guest/adminPassword', '/guest/domain/password']);
    expect(kept.data).toMatchObject({ name: 'web-01', size: 's', labels: { a: 'b' } });
    expect(kept.data).not.toHaveProperty('clientToken');
    const domain = { ...secrets.domain, password: undefined };
    expect(kept.data['guest']).toEqual({ hostname: 'web', sshKeys: ['ssh-ed25519 AAAA me'], domain });
  });

  it('can be asked for once more as it stands when there were no secrets', () => {
    const { data, secrets: left } = askedOfCreate(aCreate({ guest: { hostname: 'web' } }));
    expect(left).toEqual([]);
    expect(wishOf({ type: 'vm.create', routingKey: '', data })).toMatchObject({ kind: 'vm.create', body: data });
  });

  it.each([
    ['vm.power', { power: { action: 'OFF', mode: 'HARD' } }],
    ['vm.resize', { resize: { cpus: 4, labels: { a: 'b' } } }],
    ['vm.snapshot.create', { snapshot: { action: 'create', name: 's', description: '', memory: true } }],
    ['vm.snapshot.revert', { snapshot: { action: 'revert', snapshotId: newId() } }],
    ['vm.delete', {}],
  ])('is the data of another %s', (kind, wish) => {
    const order = { kind, expectedSeq: 3, ...wish } as Parameters<typeof askedOfChange>[1];
    const { data } = askedOfChange(vmId, order);
    expect(data).not.toHaveProperty('expectedSeq');
    expect(wishOf({ type: kind, routingKey: '', data })).toMatchObject({ vmId, ...wish });
  });
});

describe('whether an operation can be asked for once more', () => {
  const kept = { data: {}, secrets: [] };
  const can = (state: (typeof operationStates)[number]): boolean => {
    try {
      resubmittable(anOperation({ state }).doc, kept);
      return true;
    } catch {
      return false;
    }
  };

  it('is so for each that ended without', () => {
    expect(operationStates.filter(can)).toEqual(['failed', 'rejected', 'cancelled', 'expired']);
  });

  it.each([
    ['succeeded', kept, 'it succeeded'],
    ['running', kept, 'it is running and may still succeed'],
    ['failed', undefined, 'its request is not kept'],
  ] as const)('is not so for one that is %s with %j', (state, asked, cause) => {
    expect(() => resubmittable(anOperation({ state }).doc, asked)).toThrow(cause);
  });
});

describe('a request that says which one it repeats', () => {
  const other = vmIdSchema.parse(newId());
  const order = (fields: Partial<OperationOrder> = {}): OperationOrder => ({
    id: idOf('new'),
    kind: 'vm.power',
    tenantId,
    requester: 'dave',
    payloadSha256: 'h',
    traceparent: null,
    resubmits: createId,
    ...fields,
  });
  const refusal = (earlier: Partial<Earlier> | null, asking = order(), of = vmId): string | undefined => {
    const one = { kind: 'vm.power', tenantId, vmId, state: 'failed', ...earlier } as const;
    const known = new Map<OperationId, Earlier>(earlier === null ? [] : [[createId, one]]);
    return refusalOfResubmit(asking, known, of)?.message;
  };

  it('is believed when it asks the same again', () => {
    expect(refusal({})).toBeUndefined();
    expect(refusal({ vmId: null })).toBeUndefined();
    expect(refusal(null, order({ resubmits: undefined }))).toBeUndefined();
  });

  it.each([
    ['is not there', null, 'no such operation'],
    ['is another tenant’s', { tenantId: newId() }, 'no such operation'],
    ['succeeded', { state: 'succeeded' }, 'it succeeded'],
    ['is open', { state: 'queued' }, 'may still succeed'],
    ['is of another kind', { kind: 'vm.delete' }, 'something else'],
    ['is about another VM', { vmId: other }, 'something else'],
  ] as const)('is refused when that %s', (_what, earlier, cause) => {
    expect(refusal(earlier)).toContain(cause);
  });
});

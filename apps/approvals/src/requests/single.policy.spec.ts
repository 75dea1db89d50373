import { createVmSchema, type CreateVm, type MemberSecrets } from '@dcm/contracts';
import { memberIdOf } from '@dcm/runtime';
import { createId, projectId, tenantId } from '../../test/scene.builder';
import type { CreateOrder } from './create.policy';
import { secretsFaultOf, singlesOf } from './single.policy';

const sealedFor = (vm: string): MemberSecrets => ({
  userData: `sealed:v1:${vm}`,
  domain: { password: `sealed:v1:${vm}` },
});
const domain = { name: 'corp.example', user: 'joiner' };
const guestOf = ({ userData, domain: joined }: MemberSecrets): CreateVm['guest'] => ({
  sshKeys: ['k'],
  userData,
  domain: { ...domain, password: joined?.password ?? '' },
});
const anOrder = (body: object = {}, fields: Partial<CreateOrder> = {}): CreateOrder => ({
  id: createId,
  kind: 'vm.create',
  tenantId,
  requester: 'dave',
  payloadSha256: 'h',
  traceparent: null,
  isRelayed: true,
  body: { ...createVmSchema.parse({ projectId, name: 'web', image: 'debian-12', size: 's' }), ...body },
  ...fields,
});

describe('the single VMs of a request', () => {
  it('is the request itself, when it is for one, whether it says so or not', () => {
    const one = anOrder();
    expect(singlesOf(one)).toEqual([one]);
    expect(singlesOf(anOrder({ count: 1 }))).toEqual([one]);
  });

  it("are the same each time: the first bears the request's id", () => {
    const all = singlesOf(anOrder({ count: 3 }));
    expect(all.map(({ id }) => id)).toEqual([createId, memberIdOf(createId, 2), memberIdOf(createId, 3)]);
    expect(all.map(({ body }) => body.name)).toEqual(['web-1', 'web-2', 'web-3']);
    expect(all.map(({ batch }) => batch)).toEqual([1, 2, 3].map((index) => ({ id: createId, index, count: 3 })));
    expect(all.every(({ body }) => !('count' in body))).toBe(true);
    expect(singlesOf(anOrder({ count: 3 }))).toEqual(all);
    expect(new Set(singlesOf(anOrder({ count: 50 })).map(({ id }) => id)).size).toBe(50);
  });

  it('have each the secrets that were sealed for it, and the rest of the guest', () => {
    const order = anOrder(
      { count: 3, guest: guestOf(sealedFor('1')) },
      { memberSecrets: [sealedFor('2'), sealedFor('3')] },
    );
    expect(secretsFaultOf(order)).toBeNull();
    expect(singlesOf(order).map(({ body }) => body.guest)).toEqual(['1', '2', '3'].map((vm) => guestOf(sealedFor(vm))));
  });
});

describe('the secrets of a request for several', () => {
  const guest = guestOf(sealedFor('1'));

  it('are refused of a relay that did not seal each for each', () => {
    const fault = { code: 'INVALID_REQUEST', details: [{ pointer: '/memberSecrets' }] };
    expect(secretsFaultOf(anOrder({ count: 2, guest }))).toMatchObject(fault);
    const half = { memberSecrets: [{ userData: 'sealed:v1:2' }] };
    expect(secretsFaultOf(anOrder({ count: 2, guest }, half))).toMatchObject(fault);
  });

  it("are nobody's business but a relay's", () => {
    const open = { count: 2, guest: { sshKeys: [], userData: 'open' } };
    expect(secretsFaultOf(anOrder(open, { isRelayed: false }))).toBeNull();
    const given = { isRelayed: false, memberSecrets: [{ userData: 'sealed:v1:2' }] };
    expect(secretsFaultOf(anOrder(open, given))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(singlesOf(anOrder(open, { isRelayed: false })).map(({ body }) => body.guest.userData)).toEqual([
      'open',
      'open',
    ]);
  });

  it('of one VM, or of none, need nothing more', () => {
    expect([secretsFaultOf(anOrder({ guest })), secretsFaultOf(anOrder({ count: 5 }))]).toEqual([null, null]);
  });
});

import { createSealingKey, newId, seal } from '@dcm/runtime';
import { payloadHashOf, wishOf } from './request.policy';

const vmId = newId();
const body = { projectId: newId(), name: 'web', size: 's', image: 'debian-12' };

describe('request policy', () => {
  it.each([
    ['io.dcm.vm.create.v1', 'anything', body, 'vm.create'],
    ['vm.create', 'anything', body, 'vm.create'],
    [undefined, 'vm.create', body, 'vm.create'],
    ['', 'vm.delete', { vmId }, 'vm.delete'],
    ['vm.power', 'vm.delete', { vmId, power: { action: 'ON' } }, 'vm.power'],
    [undefined, 'operation.cancel', { operationId: vmId }, 'operation.cancel'],
  ])('reads type %s under key %s', (type, routingKey, data, kind) => {
    expect(wishOf({ type, routingKey, data })).toMatchObject({ kind });
  });

  it.each([
    ['vm.explode', body],
    ['vm.create', { ...body, colour: 'red' }],
    ['vm.power', { vmId, power: { action: 'ON', mode: 'HARD' } }],
    ['vm.delete', { vmId, force: true }],
  ])('refuses %s with %j', (type, data) => {
    expect(() => wishOf({ type, routingKey: 'x', data })).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }) as Error,
    );
  });

  it('takes guest secrets up to their limit, and what a relay sealed though that is longer', () => {
    const create = (userData: string): unknown =>
      wishOf({ type: 'vm.create', routingKey: '', data: { ...body, guest: { userData } } });
    const { publicKey } = createSealingKey();
    expect(create('ä'.repeat(32_768))).toMatchObject({ kind: 'vm.create' });
    expect(create(seal(publicKey, 'ä'.repeat(32_768), vmId))).toMatchObject({ kind: 'vm.create' });
    expect(() => create('a'.repeat(32_769))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }) as Error);
    expect(() => wishOf({ type: 'vm.create', routingKey: '', data: { ...body, image: undefined } })).toThrow('/disks');
  });

  it('takes requests for the same that differ only in order and in what goes without saying', () => {
    const hash = (data: object, type = 'vm.create', key = 'k'): string =>
      payloadHashOf(wishOf({ type, routingKey: '', data }), key);
    const { name, ...rest } = body;
    expect(hash({ ...rest, labels: {}, name, poweredOn: true })).toBe(hash(body));
    expect(hash({ ...body, poweredOn: false })).not.toBe(hash(body));
    expect(hash(body, 'vm.create', 'of another installation')).not.toBe(hash(body));
    expect(hash({ vmId }, 'vm.delete')).not.toBe(hash({ vmId, power: { action: 'ON' } }, 'vm.power'));
  });
});

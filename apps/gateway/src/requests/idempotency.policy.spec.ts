import { refusalOf } from '../../test/refusal';
import { identify, payloadHashOf } from './idempotency.policy';

describe('the identity of a request', () => {
  it('is the same for the same caller and key, whether it came as header or in the body', () => {
    expect(identify('t/ci', 'k1')).toEqual(identify('t/ci', undefined, 'k1'));
    expect(identify('t/ci', 'k1').operationId).not.toBe(identify('u/ci', 'k1').operationId);
    expect(identify('t/ci', 'k1').operationId).not.toBe(identify('t/ci', 'k2').operationId);
  });

  it('is new each time without a key', () => {
    const [first, second] = [identify('t/ci', undefined), identify('t/ci', undefined)];
    expect(first.key).toBeNull();
    expect(first.operationId).not.toBe(second.operationId);
  });

  it.each(['', 'a b', 'ü', 'x'.repeat(256), 'a\nb', ['a', 'b']])('refuses the key %j', (key) => {
    expect(refusalOf(() => identify('t/ci', key))).toMatchObject({ details: [{ pointer: 'header/Idempotency-Key' }] });
  });

  it('refuses a header and a body that name two keys', () => {
    expect(refusalOf(() => identify('t/ci', 'a', 'b'))).toMatchObject({ details: [{ pointer: '/clientToken' }] });
    expect(identify('t/ci', 'a', 'a').key).toBe('a');
  });
});

describe('the hash of a payload', () => {
  it('does not depend on the order of keys or on absent ones', () => {
    expect(payloadHashOf('k', { a: 1, b: { c: 2, d: undefined } })).toBe(payloadHashOf('k', { b: { c: 2 }, a: 1 }));
  });

  it('differs for another value, another order of a list, and another installation', () => {
    const hash = payloadHashOf('k', { a: [1, 2] });
    expect(payloadHashOf('k', { a: [2, 1] })).not.toBe(hash);
    expect(payloadHashOf('k', { a: [1, 2], b: null })).not.toBe(hash);
    expect(payloadHashOf('l', { a: [1, 2] })).not.toBe(hash);
  });
});

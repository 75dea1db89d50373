import { canonicalJson, sha256Hex } from './canonical-json';
import { childTraceparent, operationIdOf, vmIdOf } from './identity';

describe('identity', () => {
  it('gives the same publisher and key the same operation, and others another', () => {
    expect(operationIdOf('a', 'k')).toBe(operationIdOf('a', 'k'));
    expect(operationIdOf('a', 'k')).not.toBe(operationIdOf('b', 'k'));
  });

  it('does not confuse a publisher and a key that join to the same text', () => {
    expect(operationIdOf('a:b', 'c')).not.toBe(operationIdOf('a', 'b:c'));
  });

  it('derives a VM that is not its operation', () => {
    const operation = operationIdOf('a', 'k');
    expect(vmIdOf(operation)).toBe(vmIdOf(operation));
    expect(vmIdOf(operation)).not.toBe(operation);
  });

  it('keeps the trace and renews the span', () => {
    const parent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(childTraceparent(parent)).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(childTraceparent(parent)).not.toBe(parent);
    expect(childTraceparent('nonsense')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('canonicalJson', () => {
  it('does not depend on the order of keys and drops absent fields', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }], a: null })).toBe('{"a":null,"b":[{"d":1}]}');
    expect(sha256Hex(canonicalJson({ a: 1, b: 2 }))).toBe(sha256Hex(canonicalJson({ b: 2, a: 1 })));
  });

  it('keeps the order of lists', () => {
    expect(canonicalJson([2, 1])).toBe('[2,1]');
  });
});

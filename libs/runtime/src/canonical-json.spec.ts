import { DcmError } from '@dcm/contracts';
import fc from 'fast-check';
import { canonicalJson, sha256OfJson } from './canonical-json';

describe('canonicalJson', () => {
  it('sorts keys by code unit at every level, as RFC 8785 says', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      ö: { b: [3, { d: 1, c: null }], a: true },
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"ö":{"a":true,"b":[3,{"c":null,"d":1}]},"€":1,"😀":5,"\ufb33":3}',
    );
  });

  it('reads back as the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(plain);
      }),
    );
  });

  it('leaves out what JSON leaves out', () => {
    expect(canonicalJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}');
    expect(canonicalJson(undefined)).toBe('null');
  });

  it('keeps a key named __proto__ apart', () => {
    expect(sha256OfJson(JSON.parse('{"__proto__":{"a":1}}'))).not.toBe(sha256OfJson({}));
  });

  it('refuses more than 64 levels', () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : [nest(levels - 1)]);
    expect(() => canonicalJson(nest(64))).not.toThrow();
    expect(() => canonicalJson(nest(65))).toThrow(DcmError);
  });

  it('gives the same hash whatever the order of keys', () => {
    expect(sha256OfJson({ a: 1, b: 2 })).toBe(sha256OfJson({ b: 2, a: 1 }));
    expect(sha256OfJson({ a: 1 })).toBe('015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862');
  });
});

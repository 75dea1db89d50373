import { refusalOf } from '../../test/refusal';
import { refuseStrangeText } from './strange-text.policy';

const nested = (levels: number): unknown => (levels === 0 ? 1 : { a: nested(levels - 1) });

describe('strange text', () => {
  it.each([
    ['NUL in a text', { a: ['x', 'y\u0000'] }, '/a/1'],
    ['half of a surrogate pair', { a: { 'b/c': '\ud800' } }, '/a/b~1c'],
    ['NUL in a key', { 'a\u0000': 1 }, '/a\u0000'],
    ['__proto__', JSON.parse('{"metadata":{"__proto__":{"x":1}}}'), '/metadata/__proto__'],
    ['a text that is the whole body', '\u0000', '/'],
  ])('is refused: %s', (_, value, pointer) => {
    expect(
      refusalOf(() => {
        refuseStrangeText(value, '');
      }),
    ).toMatchObject({ code: 'INVALID_REQUEST', details: [{ pointer }] });
  });

  it('is refused in the query with its prefix', () => {
    expect(
      refusalOf(() => {
        refuseStrangeText({ name: '\u0000' }, 'query');
      }),
    ).toMatchObject({ details: [{ pointer: 'query/name' }] });
  });

  it('is nesting beyond twenty levels, however deep', () => {
    const deep = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000)) as unknown;
    for (const value of [nested(21), deep]) {
      expect(
        refusalOf(() => {
          refuseStrangeText(value, '');
        }),
      ).toMatchObject({ code: 'INVALID_REQUEST' });
    }
    refuseStrangeText(nested(20), '');
  });

  it('is not what people write', () => {
    refuseStrangeText({ a: 'naïve 😀 \n\t', b: [1, null, true, { c: '' }] }, '');
    refuseStrangeText(undefined, '');
  });
});

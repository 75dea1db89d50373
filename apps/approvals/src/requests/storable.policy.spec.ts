import { assertStorable } from './storable.policy';

const pointerOf = (data: unknown): string | undefined => {
  try {
    assertStorable(data);
    return undefined;
  } catch (error) {
    return (error as { details: { pointer: string }[] }).details[0]?.pointer;
  }
};

describe('storable policy', () => {
  it.each([['text with emoji 🚀 and umlauts äöü'], [{ a: [1, null, { b: true }] }], [null], [42]])(
    'lets %j pass',
    (data) => {
      expect(pointerOf(data)).toBeUndefined();
    },
  );

  it.each([
    ['a NUL', { labels: { team: 'a\0b' } }, '/labels/team'],
    ['half a surrogate pair', { x: ['ok', '\ud83d'] }, '/x/1'],
    ['a NUL in a key', { metadata: { 'a\0': 1 } }, '/metadata'],
    ['a pointer that needs escaping', { 'a/b': { '~': '\0' } }, '/a~1b/~0'],
  ])('refuses %s and names the place', (_what, data, pointer) => {
    expect(pointerOf(data)).toBe(pointer);
  });

  it('refuses nesting that only means harm, without falling over it', () => {
    const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
    expect(pointerOf(nested(32))).toBeUndefined();
    expect(pointerOf(nested(33))).toBeDefined();
    expect(pointerOf(nested(5_000))).toBeDefined();
  });
});

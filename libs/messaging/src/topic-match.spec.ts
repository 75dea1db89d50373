import fc from 'fast-check';
import { topicMatches } from './topic-match';

/** The definition, word by word. */
function matchesByDefinition(pattern: readonly string[], key: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return key.length === 0;
  if (head === '#')
    return matchesByDefinition(rest, key) || (key.length > 0 && matchesByDefinition(pattern, key.slice(1)));
  return key.length > 0 && (head === '*' || head === key[0]) && matchesByDefinition(rest, key.slice(1));
}

describe('topicMatches', () => {
  it.each([
    ['vm.create', 'vm.create', true],
    ['vm.create', 'vm.delete', false],
    ['*', 'vm', true],
    ['*', 'vm.create', false],
    ['*.*', 'vm.create', true],
    ['#', 'vm.create', true],
    ['vm.#', 'vm', true],
    ['#.read', 'vsphere.a.read', true],
    ['a.#.z', 'a.z', true],
    ['a.#.z', 'a.z.b', false],
    ['*.#', 'a', true],
    ['vm.*', 'vm', false],
  ])('says for %s and %s: %s', (pattern, key, expected) => {
    expect(topicMatches(pattern, key)).toBe(expected);
  });

  it('agrees with the definition', () => {
    const words = (...choices: string[]) => fc.array(fc.constantFrom(...choices), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(words('a', 'b', '*', '#'), words('a', 'b', 'c'), (pattern, key) => {
        expect(topicMatches(pattern.join('.'), key.join('.'))).toBe(matchesByDefinition(pattern, key));
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays quick for a hostile pair', () => {
    const started = performance.now();
    topicMatches(`${'#.a.'.repeat(60)}b`, 'a.'.repeat(120));
    expect(performance.now() - started).toBeLessThan(200);
  });
});

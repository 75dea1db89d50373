import fc from 'fast-check';
import { placeOfSyntaxError } from './json-syntax';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('the place of a syntax error', () => {
  it.each([
    ['', 1, 1],
    ['{"name":', 1, 9],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ['{a:1}', 1, 2],
    ["{'a':1}", 1, 2],
    ['[1,]', 1, 4],
    ['[1 2]', 1, 4],
    ['{"a":01}', 1, 6],
    ['{"a":tru}', 1, 6],
    ['{"a":1}}', 1, 8],
    ['{"a":1} x', 1, 9],
    ['{\n  "a": 1,\n  "b": nope\n}', 3, 8],
    ['{"a":"x\ny"}', 1, 6],
    ['{"a":"\\x"}', 1, 6],
    ['[}', 1, 2],
    ['{]', 1, 2],
    ['{"a"}', 1, 5],
    ['NaN', 1, 1],
    ['"open', 1, 1],
  ])('of %j is line %d, column %d', (text, line, column) => {
    expect(isJson(text)).toBe(false);
    expect(placeOfSyntaxError(text)).toEqual({ line, column });
  });

  it('is at the end of every text that is JSON but is cut, or beyond what can be parsed', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        const cut = text.slice(0, at % (text.length + 1));
        const { line, column } = placeOfSyntaxError(cut);
        const offset =
          cut
            .split('\n')
            .slice(0, line - 1)
            .join('\n').length +
          (line > 1 ? 1 : 0) +
          column -
          1;
        expect(offset).toBeLessThanOrEqual(cut.length);
      }),
    );
  });

  it('agrees with the engine on what is JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(placeOfSyntaxError(text).column).toBe((text.split('\n').at(-1)?.length ?? 0) + 1);
      }),
    );
  });

  it('is found in 64 KiB of brackets without delay', () => {
    const started = performance.now();
    expect(placeOfSyntaxError('['.repeat(65_536))).toEqual({ line: 1, column: 65_537 });
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

import { nameProblem } from './name.policy';

describe('a name', () => {
  it.each(['web-01-0198f3c2', 'ünïcödé-😀-7', 'a b', 'a(1)'])('%j is one that VMM can have', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    '',
    ' a',
    'a ',
    'a\\b',
    'a/b',
    'a*',
    'a?',
    'a[1]',
    '$(calc)',
    '`a`',
    'a\nb',
    "a'b",
    'a"b',
    'a%b',
    '.a',
    'a.',
    'x'.repeat(101),
  ])('%j is refused', (name) => {
    expect(nameProblem(name)).toEqual(expect.any(String));
  });
});

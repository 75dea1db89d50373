import { nameProblem } from './name.policy';

describe('the name of a VM', () => {
  it.each(['web-01-0198f3c2', 'ünïcödé-😀-7', "'; DROP TABLE vm; --", 'a'.repeat(80), '😀'.repeat(80)])(
    'may be %j',
    (name) => {
      expect(nameProblem(name)).toBeUndefined();
    },
  );

  it.each(['', ' web', 'web ', 'a/b', 'a\\b', 'a%2fb', 'new\nline', 'nul\0', 'half \ud800 pair', 'a'.repeat(81)])(
    'must not be %j',
    (name) => {
      expect(nameProblem(name)).toEqual(expect.any(String));
    },
  );
});

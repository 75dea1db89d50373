import { nameProblem } from './name.policy';

describe('a name on Proxmox', () => {
  it.each(['web-01-0198f3c2', 'a', 'Web', 'web.example.com'])('can be %j', (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    '',
    'web_01',
    '-a',
    'a-',
    'a..b',
    'a b',
    'ünïcödé',
    '../x',
    "'; DROP",
    'a\nb',
    'a'.repeat(64),
    'a.'.repeat(127) + 'aa',
  ])('cannot be %j', (name) => {
    expect(nameProblem(name)).toMatch(/name/);
  });
});

import { redacted } from './noise';

describe('a line for the log', () => {
  it('keeps what tells what it is', () => {
    expect(redacted('WARNING: the module is old')).toBe('WARNING: the module is old');
  });

  it('shows no secret and nothing long', () => {
    const line = `password = hunter2 Token:abc ${'A'.repeat(40)}`;
    expect(redacted(line)).toBe('password = … Token:… …');
    expect(redacted('word '.repeat(100)).length).toBeLessThanOrEqual(200);
    expect(redacted('a\u0007\nb')).toBe('a  b');
  });
});

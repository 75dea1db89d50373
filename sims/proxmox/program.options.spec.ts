import { programOptions } from './program.options';

describe('the program', () => {
  it('takes numbers, names and secrets', () => {
    const args = [
      '--port',
      '8006',
      '--clone-delay',
      '50',
      '--san',
      'a',
      '--san',
      'b',
      '--host',
      '0.0.0.0',
      '--version',
      '8.4',
    ];
    expect(programOptions(args, { PROXMOX_PASSWORD: 'p', PROXMOX_TOKEN_SECRET: 's' })).toEqual({
      port: 8006,
      taskDelayMs: { qmclone: 50 },
      names: ['a', 'b'],
      host: '0.0.0.0',
      version: '8.4',
      password: 'p',
      tokenSecret: 's',
      dieWithParent: false,
    });
  });

  it('leaves everything else at its default', () => {
    expect(programOptions([], {})).toEqual({ dieWithParent: false });
  });

  it.each([
    [['--speed', 'fast'], "--speed is not a number: 'fast'"],
    [['--auth-delay=-1'], "--auth-delay is not a number: '-1'"],
    [['--version', '7'], "--version is neither 8.4 nor 9.2: '7'"],
    [['--bogus'], "Unknown option '--bogus'"],
  ])('refuses %j', (args, reason) => {
    expect(() => programOptions(args, {})).toThrow(reason);
  });
});

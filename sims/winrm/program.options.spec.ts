import { programOptions } from './program.options';

describe('flags of the program', () => {
  it('become options; the password comes by the environment', () => {
    const options = programOptions(['--https-port=5986', '--create-delay=500', '--locale=de', '--ca-out=/tmp/ca.pem'], {
      WINRM_PASSWORD: 'secret',
    });
    expect(options).toEqual({
      dieWithParent: false,
      httpsPort: 5986,
      jobMs: { create: 500 },
      locale: 'de',
      caOut: '/tmp/ca.pem',
      password: 'secret',
    });
  });

  it.each([['--speed=fast'], ['--locale=fr'], ['--no-such-flag']])('are refused: %s', (flag) => {
    expect(() => programOptions([flag], {})).toThrow(flag.split('=')[0]?.slice(2));
  });
});

import { LoginBreaker } from './login.breaker';
import { VimFault, VimTransportError } from './vim.errors';

describe('the login breaker', () => {
  const invalidLogin = new VimFault('InvalidLogin', 'Login', 'Cannot complete login.', { $type: 'InvalidLogin' });
  let now = 0;
  let breaker: LoginBreaker;

  beforeEach(() => {
    now = 1_000;
    breaker = new LoginBreaker(60_000, () => now);
  });

  it('lets the first login through', () => {
    expect(() => {
      breaker.check();
    }).not.toThrow();
  });

  it('refuses with the same fault until the back-off has passed, then lets one through', () => {
    breaker.noteFailure(invalidLogin);
    now += 59_999;
    expect(() => {
      breaker.check();
    }).toThrow('Unable to run Login: InvalidLogin: Cannot complete login.');
    now += 1;
    expect(() => {
      breaker.check();
    }).not.toThrow();
  });

  it('does not refuse after failures that say nothing of the password', () => {
    breaker.noteFailure(new VimTransportError('ECONNREFUSED', 'Login', { requestSent: false }));
    breaker.noteFailure(new VimFault('SystemError', 'Login', ''));
    expect(() => {
      breaker.check();
    }).not.toThrow();
  });
});

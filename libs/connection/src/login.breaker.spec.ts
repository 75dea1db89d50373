import { LoginBreaker } from './login.breaker';

class Refusal extends Error {}

describe('the login breaker', () => {
  let now = 0;
  let breaker: LoginBreaker;

  beforeEach(() => {
    now = 1_000;
    breaker = new LoginBreaker(
      60_000,
      (error) => error instanceof Refusal,
      () => now,
    );
  });

  it('lets the first login through', () => {
    expect(() => {
      breaker.check();
    }).not.toThrow();
  });

  it('refuses with the same error until the back-off has passed, then lets one through', () => {
    const refusal = new Refusal('wrong password');
    breaker.noteFailure(refusal);
    now += 59_999;
    expect(() => {
      breaker.check();
    }).toThrow(refusal);
    now += 1;
    expect(() => {
      breaker.check();
    }).not.toThrow();
  });

  it('does not refuse after failures that say nothing of the password', () => {
    breaker.noteFailure(new Error('ECONNREFUSED'));
    breaker.noteFailure('thrown by somebody else');
    expect(() => {
      breaker.check();
    }).not.toThrow();
  });
});

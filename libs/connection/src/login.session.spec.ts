import { LoginBreaker } from './login.breaker';
import { LoginSession } from './login.session';

interface Credentials {
  readonly key: string;
}

class Refusal extends Error {}

/** Logins that end when the test says so. */
class Door {
  private readonly pending: PromiseWithReject[] = [];
  logins = 0;

  readonly last: (Credentials | undefined)[] = [];

  readonly logIn = (last: Credentials | undefined): Promise<Credentials> => {
    this.logins += 1;
    this.last.push(last);
    return new Promise((resolve, reject) => this.pending.push({ resolve, reject }));
  };

  admit(): void {
    this.pending.shift()?.resolve({ key: `key-${this.logins}` });
  }

  turnAway(): void {
    this.pending.shift()?.reject(new Refusal('wrong password'));
  }
}

interface PromiseWithReject {
  resolve(credentials: Credentials): void;
  reject(error: Error): void;
}

describe('the session', () => {
  let door: Door;
  let now: number;
  let session: LoginSession<Credentials>;

  beforeEach(() => {
    door = new Door();
    now = 0;
    const breaker = new LoginBreaker(
      60_000,
      (error) => error instanceof Refusal,
      () => now,
    );
    session = new LoginSession(door.logIn, breaker);
  });

  async function established(): Promise<void> {
    const first = session.ensure();
    door.admit();
    await first;
  }

  it('is made once for ten callers at once', async () => {
    const callers = Array.from({ length: 10 }, () => session.ensure());
    door.admit();
    const grants = await Promise.all(callers);
    expect(door.logins).toBe(1);
    expect(new Set(grants.map((grant) => grant.epoch))).toEqual(new Set([1]));
  });

  it('is kept while nobody reports its end', async () => {
    await established();
    expect(await session.ensure()).toMatchObject({ epoch: 1, key: 'key-1' });
    expect(door.logins).toBe(1);
  });

  it('is replaced once when ten callers report the end of the same one', async () => {
    await established();
    const callers = Array.from({ length: 10 }, () => {
      session.drop(1);
      return session.ensure();
    });
    door.admit();
    const grants = await Promise.all(callers);
    expect(door.logins).toBe(2);
    expect(grants.every((grant) => grant.epoch === 2)).toBe(true);
  });

  it('is not dropped by a late report about the one before it', async () => {
    await established();
    session.drop(1);
    await established();
    session.drop(1);
    expect(await session.ensure()).toMatchObject({ epoch: 2 });
    expect(door.logins).toBe(2);
  });

  it('tries a wrong password once, however many ask, and again only after the back-off', async () => {
    const callers = Array.from({ length: 10 }, () => session.ensure());
    door.turnAway();
    const outcomes = await Promise.allSettled(callers);
    expect(outcomes.every((outcome) => outcome.status === 'rejected')).toBe(true);
    await expect(session.ensure()).rejects.toThrow(Refusal);
    expect(door.logins).toBe(1);
    now = 60_000;
    const later = session.ensure();
    door.admit();
    expect(await later).toMatchObject({ epoch: 1 });
    expect(door.logins).toBe(2);
  });

  it('is surrendered after a login that is under way, and forgotten', async () => {
    const caller = session.ensure();
    const surrendered = session.surrender();
    door.admit();
    await caller;
    expect(await surrendered).toMatchObject({ epoch: 1 });
    expect(session.current).toBeUndefined();
  });

  it('is renewed once for all who ask, knows the one before, and serves the others until then', async () => {
    await established();
    const renewals = [session.renew(), session.renew()];
    expect(await session.ensure()).toMatchObject({ epoch: 1 });
    door.admit();
    expect((await Promise.all(renewals)).map(({ epoch }) => epoch)).toEqual([2, 2]);
    expect(door.last).toEqual([undefined, expect.objectContaining({ key: 'key-1' })]);
    expect(session.current).toMatchObject({ epoch: 2 });
  });
});

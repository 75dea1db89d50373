import { PveRefusal, PveTransportError } from './pve.errors';
import type { PveRequest } from './pve.request';
import { PveSession } from './pve.session';

const MINUTE = 60_000;
const wrong = () =>
  new PveRefusal('POST /access/ticket', { status: 401, text: 'authentication failure', scheme: 'login' });

describe('the session', () => {
  let now: number;
  let passwords: string[];
  let refuse: (password: string) => Error | undefined;

  const ask = ({ body }: PveRequest): Promise<unknown> => {
    const password = new URLSearchParams(body).get('password') ?? '';
    passwords.push(password);
    const error = refuse(password);
    if (error !== undefined) return Promise.reject(error);
    const n = passwords.length;
    return Promise.resolve({ ticket: `PVE:u@pve:${n}::a+b/c=`, CSRFPreventionToken: `csrf-${n}`, username: 'u@pve' });
  };
  const session = (username = 'u@pve'): PveSession =>
    new PveSession({ username, password: 'pass', loginBackOffMs: MINUTE }, ask, () => now);

  beforeEach(() => {
    now = 0;
    passwords = [];
    refuse = () => undefined;
  });

  it('of a token needs no login', async () => {
    const identity = await session('u@pve!dcm').identify('POST');
    expect(identity.headers).toEqual({ Authorization: 'PVEAPIToken=u@pve!dcm=pass' });
    expect(identity.secrets).toEqual(['pass']);
    expect(passwords).toEqual([]);
  });

  it('logs in once for all who ask, and sends the CSRF token only with what changes something', async () => {
    const one = session();
    const identities = await Promise.all(
      ['GET', 'POST', 'PUT', 'DELETE'].map((method) => one.identify(method as 'GET')),
    );
    expect(passwords).toEqual(['pass']);
    const cookie = 'PVEAuthCookie=PVE%3Au%40pve%3A1%3A%3Aa%2Bb%2Fc%3D';
    expect(identities[0]?.headers).toEqual({ Cookie: cookie });
    for (const { headers } of identities.slice(1)) {
      expect(headers).toEqual({ Cookie: cookie, CSRFPreventionToken: 'csrf-1' });
    }
    expect(identities[1]?.secrets).toEqual(['pass', 'PVE:u@pve:1::a+b/c=', 'csrf-1']);
  });

  it('is renewed with its ticket before that ends, and with the password after', async () => {
    const one = session();
    await one.identify('GET');
    now = 89 * MINUTE;
    await one.identify('GET');
    expect(passwords).toEqual(['pass']);
    now = 91 * MINUTE;
    await one.identify('GET');
    expect(passwords).toEqual(['pass', 'PVE:u@pve:1::a+b/c=']);
    now += 180 * MINUTE;
    await one.identify('GET');
    expect(passwords.at(-1)).toBe('pass');
  });

  it('falls back on the password when the ticket is not taken for one', async () => {
    const one = session();
    await one.identify('GET');
    refuse = (password) => (password === 'pass' ? undefined : wrong());
    now = 91 * MINUTE;
    await one.identify('GET');
    expect(passwords).toEqual(['pass', 'PVE:u@pve:1::a+b/c=', 'pass']);
  });

  it('is replaced once for all who report its end', async () => {
    const one = session();
    const { epoch } = await one.identify('GET');
    const again = [1, 2, 3].map(() => {
      one.drop(epoch);
      return one.identify('GET');
    });
    expect(new Set((await Promise.all(again)).map((identity) => identity.epoch))).toEqual(new Set([epoch + 1]));
    expect(passwords).toEqual(['pass', 'pass']);
  });

  it('tries a wrong password once, and again only after the back-off', async () => {
    const one = session();
    refuse = wrong;
    const outcomes = await Promise.allSettled([one.identify('GET'), one.identify('GET')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(one.identify('GET')).rejects.toMatchObject({ status: 401, scheme: 'login' });
    expect(passwords).toHaveLength(1);
    now = MINUTE;
    refuse = () => undefined;
    await one.identify('GET');
    expect(passwords).toHaveLength(2);
  });

  it('goes on trying when nobody answered', async () => {
    const one = session();
    refuse = () => new PveTransportError('ECONNREFUSED', 'POST /access/ticket', { mayHaveRun: false });
    await expect(one.identify('GET')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    refuse = () => undefined;
    await expect(one.identify('GET')).resolves.toMatchObject({ epoch: 1 });
  });

  it.each([
    [{ NeedTFA: 1, ticket: 'PVE:!tfa!x', CSRFPreventionToken: 'x' }, 'SECOND_FACTOR'],
    [{ username: 'u@pve' }, 'UNEXPECTED_ANSWER'],
    [undefined, 'UNEXPECTED_ANSWER'],
  ])('is none with the answer %j', async (data, code) => {
    const one = new PveSession({ username: 'u@pve', password: 'p', loginBackOffMs: MINUTE }, () =>
      Promise.resolve(data),
    );
    await expect(one.identify('GET')).rejects.toMatchObject({ code });
  });
});

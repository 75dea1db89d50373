import { backOffMs, maxAttempts } from './back-off.policy';
import { linkOf, tokenOf } from './link.policy';
import { isRefusedForGood, reasonOf } from './mail.errors';
import { Misses } from './misses.policy';
import { isOwnForm } from './origin.policy';

const seed = { id: 'a', nonce: Buffer.alloc(32, 1) };

describe('the token of a link', () => {
  it('is 256 bits, and the same whenever it is asked for', () => {
    expect(Buffer.from(tokenOf('key', seed), 'base64url')).toHaveLength(32);
    expect(tokenOf('key', seed)).toBe(tokenOf('key', { ...seed }));
  });

  it('is another one under another key, id or nonce', () => {
    const tokens = [
      tokenOf('key', seed),
      tokenOf('kez', seed),
      tokenOf('key', { ...seed, id: 'b' }),
      tokenOf('key', { ...seed, nonce: Buffer.alloc(32, 2) }),
    ];
    expect(new Set(tokens).size).toBe(4);
  });

  it('stands behind the public address, with or without its slash', () => {
    const link = 'https://dcm.test/api/v1/approval-links/t';
    expect([linkOf('https://dcm.test/api', 't'), linkOf('https://dcm.test/api/', 't')]).toEqual([link, link]);
  });
});

describe('a mail that was not taken', () => {
  it('waits twice as long each time, an hour at most', () => {
    expect([1, 2, 3, 8, 20].map((attempt) => backOffMs(attempt, 30_000) / 1000)).toEqual([30, 60, 120, 3600, 3600]);
  });

  it('is tried for half a day before it is given up', () => {
    const waits = Array.from({ length: maxAttempts - 1 }, (_, at) => backOffMs(at + 1, 30_000));
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(12 * 3_600_000);
  });

  it.each([
    [{ code: 'EENVELOPE', responseCode: 550 }, true, 'EENVELOPE, reply 550'],
    [{ code: 'EMESSAGE', responseCode: 451 }, false, 'EMESSAGE, reply 451'],
    [{ code: 'EAUTH', responseCode: 535 }, false, 'EAUTH, reply 535'],
    [{ code: 'ECONNECTION' }, false, 'ECONNECTION'],
    [new Error('550 <amy@example.com>'), false, 'the mail could not be written'],
  ])('for %j is refused for good: %s', (error, isForGood, reason) => {
    expect([isRefusedForGood(error), reasonOf(error)]).toEqual([isForGood, reason]);
  });
});

describe('a form', () => {
  it.each([
    [undefined, undefined, true],
    ['same-origin', 'null', true],
    ['none', undefined, true],
    ['cross-site', 'https://dcm.test', false],
    ['same-site', undefined, false],
    [undefined, 'https://dcm.test', true],
    [undefined, 'https://dcm.test.evil', false],
    [undefined, 'null', true],
  ])('from a page with Sec-Fetch-Site %s and Origin %s is our own: %s', (site, origin, isOwn) => {
    expect(isOwnForm({ site, origin }, 'https://dcm.test/api')).toBe(isOwn);
  });
});

describe('unknown links', () => {
  it('are counted by address and minute', () => {
    const misses = new Misses();
    const verdicts = Array.from({ length: 21 }, () => misses.add('a', 0));
    expect(verdicts.slice(-2)).toEqual([false, true]);
    expect([misses.add('b', 0), misses.add('a', 59_999), misses.add('a', 60_000)]).toEqual([false, true, false]);
  });
});

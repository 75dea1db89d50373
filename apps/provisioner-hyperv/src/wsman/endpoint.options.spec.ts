import type { EndpointOptions } from './api';
import { basic } from './basic';
import { endpointSettings, idleTimeoutOf } from './endpoint.options';
import { isWsmanError } from './wsman.errors';

const good: EndpointOptions = {
  url: 'https://scvmm01.contoso.test:5986/wsman',
  authenticator: basic({ username: 'Administrator', password: 'hunter2' }),
  clientName: 'inventory',
};
const PIN = 'ab'.repeat(32);

const refusalOf = (change: Partial<EndpointOptions>): string => {
  try {
    endpointSettings({ ...good, ...change });
  } catch (error) {
    return isWsmanError(error, 'INVALID_OPTION') ? error.message : 'another error';
  }
  return 'none';
};

describe('the options of an endpoint', () => {
  it('are taken, and completed', () => {
    const { target, quotaWaitMs } = endpointSettings({
      ...good,
      url: 'https://scvmm01:5986',
      trust: { pinSha256: PIN },
    });
    expect(target.url.href).toBe('https://scvmm01:5986/wsman');
    expect(target).toMatchObject({ operationTimeoutMs: 20_000, answerGraceMs: 30_000 });
    expect(quotaWaitMs).toBe(30_000);
    expect(idleTimeoutOf({})).toBe(180_000);
  });

  it.each<[string, Partial<EndpointOptions>]>([
    ['url', { url: 'ftp://h/wsman' }],
    ['url', { url: 'h:5986' }],
    ['url', { url: 'https://me:hunter2@h:5986/wsman' }],
    ['url', { url: 'https://h:5986/wsman?x=1' }],
    ['clientName', { clientName: 'a/b' }],
    ['clientName', { clientName: '' }],
    ['trust', { url: 'http://h:5985/wsman', trust: { ca: 'pem' } }],
    ['pinSha256', { trust: { pinSha256: 'abcd' } }],
    ['pinSha256', { trust: { pinSha256: PIN, ca: 'pem' } }],
    ['operationTimeoutMs', { operationTimeoutMs: 60_001 }],
    ['operationTimeoutMs', { operationTimeoutMs: Number.NaN }],
    ['quotaWaitMs', { quotaWaitMs: -1 }],
  ])('are refused by the name of %s, without the value', (name, change) => {
    const message = refusalOf(change);
    expect(message).toContain(`Unable to use ${name}: `);
    expect(message).not.toContain('hunter2');
  });

  it('refuse an idle timeout shorter than servers take', () => {
    expect(() => idleTimeoutOf({ idleTimeoutMs: 59_999 })).toThrow('idleTimeoutMs');
  });

  it.each([
    ['', 'x'],
    ['a:b', 'x'],
    ['a', ''],
  ])('refuse the Basic account "%s"', (username, password) => {
    expect(() => basic({ username, password })).toThrow('a user name without colon and a password are needed');
  });
});

import { refusalOf } from '../../test/refusal';
import {
  createToken,
  formatToken,
  hashSecret,
  isSecretOf,
  parseAuthorization,
  parseBootstrapToken,
  parseToken,
} from './token.policy';

const secret = 's'.repeat(43);

describe('a token', () => {
  it('survives being written and read', () => {
    const token = createToken();
    expect(parseToken(formatToken(token))).toEqual(token);
    expect(parseAuthorization(`Bearer ${formatToken(token)}`)).toEqual(token);
  });

  it('may hold underscores in its secret', () => {
    expect(parseToken(`dcm_abc_${'_-'.repeat(20)}`)).toEqual({ id: 'abc', secret: '_-'.repeat(20) });
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic dcm_abc_${secret}`,
    `Bearer dcm_abc_${secret} more`,
    `Bearer dcm_ABC_${secret}`,
    `Bearer dcm__${secret}`,
    'Bearer dcm_abc_short',
    `Bearer dcm_abc_${'x'.repeat(129)}`,
    `Bearer xdcm_abc_${secret}`,
    `Bearer dcm_abc_${secret}\u0000`,
    `Bearer dcm_${'a'.repeat(33)}_${secret}`,
  ])('is not read from %j', (header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });

  it('is recognised by its hash alone', () => {
    expect(isSecretOf(hashSecret(secret), secret)).toBe(true);
    expect(isSecretOf(hashSecret(secret), `${secret}x`)).toBe(false);
    expect(isSecretOf(Buffer.alloc(32), '')).toBe(false);
  });
});

describe('the bootstrap token', () => {
  it('is a whole token or a secret alone', () => {
    expect(parseBootstrapToken(`dcm_root_${secret}`)).toEqual({ id: 'root', secret });
    expect(parseBootstrapToken(secret)).toEqual({ id: 'bootstrap', secret });
  });

  it.each(['short', 'dcm_ROOT_' + secret, 'with space '.repeat(3)])('refuses %j without showing it', (text) => {
    expect(refusalOf(() => parseBootstrapToken(text))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(refusalOf(() => parseBootstrapToken(text))).toMatchObject({
      message: expect.not.stringContaining(text) as string,
    });
  });
});

import { VerifiedTokens } from './verified-tokens';

const someone = { tokenId: 'a', name: 'dev', tenantId: 't', roles: [] };

describe('verified tokens', () => {
  it('are believed for five seconds and no longer', () => {
    let now = 0;
    const tokens = new VerifiedTokens(5_000, 10, () => now);
    tokens.set('a:1', someone);
    now = 4_999;
    expect(tokens.get('a:1')).toMatchObject({ principal: someone });
    now = 5_000;
    expect(tokens.get('a:1')).toBeUndefined();
  });

  it('remember also that a token is wrong', () => {
    const tokens = new VerifiedTokens();
    tokens.set('a:1', undefined);
    expect(tokens.get('a:1')).toMatchObject({ principal: undefined });
    expect(tokens.get('a:2')).toBeUndefined();
  });

  it('are bounded, the oldest goes first', () => {
    const tokens = new VerifiedTokens(5_000, 2);
    for (const key of ['a:1', 'b:1', 'c:1']) tokens.set(key, someone);
    expect(tokens.get('a:1')).toBeUndefined();
    expect(tokens.get('c:1')).toBeDefined();
  });

  it('forget every entry of an id, and of no other', () => {
    const tokens = new VerifiedTokens();
    for (const key of ['a:1', 'a:2', 'ab:1']) tokens.set(key, someone);
    tokens.forget('a');
    expect([tokens.get('a:1'), tokens.get('a:2')]).toEqual([undefined, undefined]);
    expect(tokens.get('ab:1')).toBeDefined();
  });
});

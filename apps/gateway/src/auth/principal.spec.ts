import { isPlatformAdmin, qualifiedName, scopeOf, type Principal } from './principal';

const principal = (change: Partial<Principal>): Principal => ({
  tokenId: 'x',
  name: 'ci',
  tenantId: 'a',
  roles: ['developer'],
  ...change,
});

describe('a principal', () => {
  it('sees its own tenant', () => {
    expect(scopeOf(principal({}))).toEqual({ tenantId: 'a' });
  });

  it('sees everything only as a platform administrator without a tenant', () => {
    expect(scopeOf(principal({ tenantId: null, roles: ['platform-admin'] }))).toEqual({ tenantId: null });
    expect(scopeOf(principal({ roles: ['platform-admin'] }))).toEqual({ tenantId: 'a' });
    expect(scopeOf(principal({ tenantId: null })).tenantId).not.toBeNull();
    expect(isPlatformAdmin(principal({ roles: ['platform-admin'] }))).toBe(false);
  });

  it('is another one in another tenant, though it bears the same name', () => {
    expect(qualifiedName(principal({}))).not.toBe(qualifiedName(principal({ tenantId: 'b' })));
  });
});

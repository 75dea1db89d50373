import type { AdminActor, TenantId } from '@dcm/contracts';
import { assertMayReadJournal, assertPlatformAdmin, assertSomeAdmin, assertTenantAdmin } from './actor.policy';

const [own, other] = ['own' as TenantId, 'other' as TenantId];
const actor = (tenantId: TenantId | null, ...roles: string[]): AdminActor => ({ principal: 'x', tenantId, roles });
const outcome = (work: () => void): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an admin call', () => {
  it.each([
    ['a platform-admin', actor(null, 'platform-admin'), 'ok', 'ok', 'ok'],
    ['a tenant-admin of the tenant', actor(own, 'tenant-admin'), 'PERMISSION_DENIED', 'ok', 'PERMISSION_DENIED'],
    ['a tenant-admin of another', actor(other, 'tenant-admin'), 'PERMISSION_DENIED', 'NOT_FOUND', 'PERMISSION_DENIED'],
    ['a tenant-admin of none', actor(null, 'tenant-admin'), 'PERMISSION_DENIED', 'NOT_FOUND', 'PERMISSION_DENIED'],
    [
      'a platform-admin inside a tenant',
      actor(other, 'platform-admin'),
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    ['a developer', actor(own, 'developer'), 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    ['an auditor', actor(own, 'auditor'), 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    ['a service of a tenant', actor(own, 'service'), 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    ["the gateway's read model", actor(null, 'service'), 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'ok'],
    ['nobody', actor(null), 'PERMISSION_DENIED', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
  ])('of %s gets what its roles allow', (_, who, ...expected) => {
    expect([
      outcome(() => {
        assertPlatformAdmin(who, 'x');
      }),
      outcome(() => {
        assertTenantAdmin(who, own, 'x');
      }),
      outcome(() => {
        assertMayReadJournal(who);
      }),
    ]).toEqual(expected);
  });

  it('about a thing that may not be there is open to administrators of any tenant only', () => {
    expect(
      outcome(() => {
        assertSomeAdmin(actor(other, 'tenant-admin'), 'x');
      }),
    ).toBe('ok');
    expect(
      outcome(() => {
        assertSomeAdmin(actor(own, 'approver'), 'x');
      }),
    ).toBe('PERMISSION_DENIED');
  });
});

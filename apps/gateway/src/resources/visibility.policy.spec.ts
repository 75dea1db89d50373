import { eventNounNames } from '@dcm/contracts';
import { closedKinds, isVisible, openKinds, sharedKinds } from './visibility.policy';

describe('what a tenant sees', () => {
  it.each(eventNounNames)('of %s is its own, what is open to all, and nothing of the platform', (kind) => {
    const isOpen = openKinds.includes(kind);
    const isClosed = closedKinds.includes(kind);
    expect(isVisible({ tenantId: 'a' }, { kind, tenantId: 'a' })).toBe(isOpen || !isClosed);
    expect(isVisible({ tenantId: 'a' }, { kind, tenantId: 'b' })).toBe(isOpen);
    expect(isVisible({ tenantId: 'a' }, { kind, tenantId: null })).toBe(isOpen || sharedKinds.includes(kind));
    expect(isVisible({ tenantId: null }, { kind, tenantId: 'b' })).toBe(true);
  });
});

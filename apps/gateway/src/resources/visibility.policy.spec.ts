import { eventNounNames, visibilityIn } from '@dcm/contracts';
import { closedKinds, isVisible, openKinds, sharedKinds, shownTo } from './visibility.policy';

const doc = {};
const [a, b, c] = [1, 2, 3].map((n) => `0198aaaa-0000-7000-8000-00000000000${n}`);
const restricted = { name: 'x', visibility: { tenants: [a, b] } };

describe('what a tenant sees', () => {
  it.each(eventNounNames)('of %s is its own, what is open to all, and nothing of the platform', (kind) => {
    const isOpen = openKinds.includes(kind);
    const isClosed = closedKinds.includes(kind);
    expect(isVisible({ tenantId: 'a' }, { kind, tenantId: 'a', visibility: 'all' })).toBe(isOpen || !isClosed);
    expect(isVisible({ tenantId: 'a' }, { kind, tenantId: 'b', visibility: 'all' })).toBe(isOpen);
    expect(isVisible({ tenantId: 'a' }, { kind, tenantId: null, visibility: 'all' })).toBe(
      isOpen || sharedKinds.includes(kind),
    );
    expect(isVisible({ tenantId: null }, { kind, tenantId: 'b', visibility: 'all' })).toBe(true);
  });

  it.each(['image', 'size', 'rate'] as const)('of %s is not what names other tenants', (kind) => {
    const sees = (tenantId: string | null = null): boolean =>
      isVisible({ tenantId }, { kind, tenantId: null, visibility: visibilityIn(restricted) });
    expect([sees(a), sees(b), sees(c), sees()]).toEqual([true, true, false, true]);
  });

  it('names of those that see the same only itself', () => {
    expect(shownTo({ tenantId: b ?? null }, restricted)).toEqual({ name: 'x', visibility: { tenants: [b] } });
    expect(shownTo({ tenantId: null }, restricted)).toBe(restricted);
    const open = { visibility: 'all' };
    expect([shownTo({ tenantId: 'a' }, open), shownTo({ tenantId: 'a' }, doc)]).toEqual([open, doc]);
  });
});

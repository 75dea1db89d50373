import type { TenantId } from '../ids';
import { isSeenWith, isVisibleTo, visibilityIn, visibilitySchema } from './visibility';

const [a, b, c] = [1, 2, 3].map((n) => `0198aaaa-0000-7000-8000-00000000000${n}` as TenantId) as [
  TenantId,
  TenantId,
  TenantId,
];

describe('who sees a thing of the platform', () => {
  it('is everybody, or who is named', () => {
    expect([isVisibleTo(undefined, a), isVisibleTo('all', a)]).toEqual([true, true]);
    expect([isVisibleTo({ tenants: [a, b] }, b), isVisibleTo({ tenants: [a, b] }, c)]).toEqual([true, false]);
  });

  it.each([
    ['all', 'all', true],
    ['all', { tenants: [a] }, false],
    [{ tenants: [a] }, 'all', true],
    [{ tenants: [a] }, { tenants: [a, b] }, true],
    [{ tenants: [a, c] }, { tenants: [a, b] }, false],
    [undefined, { tenants: [a] }, false],
  ] as const)('of %j sees also what is shown to %j: %s', (inner, outer, expected) => {
    const asGiven = (visibility: typeof inner) =>
      visibility === undefined ? undefined : visibilitySchema.parse(visibility);
    expect(isSeenWith(asGiven(inner), asGiven(outer))).toBe(expected);
  });

  it('is said by a document; what is not understood is shown to nobody', () => {
    expect(visibilityIn({})).toBe('all');
    expect(visibilityIn({ visibility: { tenants: [a] } })).toEqual({ tenants: [a] });
    expect(isVisibleTo(visibilityIn({ visibility: { groups: ['x'] } }), a)).toBe(false);
  });

  it.each([[[]], [[a, a]], [['x']]])('is refused as the tenants %j', (tenants) => {
    expect(visibilitySchema.safeParse({ tenants }).success).toBe(false);
  });
});

import {
  DcmError,
  quotaDimensions,
  type DcmErrorBody,
  type Quota,
  type Raisable,
  type ResourceAmount,
} from '@dcm/contracts';
import { excessOf } from '../quota/quota.mapper';
import type { Excess } from './verdict.policy';

/** Why amounts do not fit into the scopes that they count against, with one detail per scope and dimension; null: they fit. */
export function quotaErrorOf(scopes: readonly Quota[], asked: ResourceAmount): DcmErrorBody | null {
  const details = scopes.flatMap((scope) => excessOf(scope, asked));
  const [first] = details;
  if (first === undefined) return null;
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : '';
  const what = asked.vms > 1 ? `all ${asked.vms} VMs` : 'the VM';
  const message = `Unable to reserve quota for ${what}: ${first.message}${more}`;
  return new DcmError('QUOTA_EXCEEDED', message, { details }).toBody();
}

/** The same, and whether a tenant's limit is among what is exceeded. */
export function excessIn(scopes: readonly Quota[], asked: ResourceAmount): Excess | null {
  const error = quotaErrorOf(scopes, asked);
  if (error === null) return null;
  const isOfTenant = scopes.some((scope) => scope.scope === 'tenant' && excessOf(scope, asked).length > 0);
  return { error, isOfTenant };
}

/** What is asked beyond what is held already; never less than nothing. */
export const beyond = (asked: ResourceAmount, held: ResourceAmount | null): ResourceAmount => {
  const left = { ...asked };
  for (const dimension of quotaDimensions) left[dimension] = Math.max(0, asked[dimension] - (held?.[dimension] ?? 0));
  return left;
};

/**
 * Whether any limit is about what is asked. A limit that is being set at that moment may be set after it: what it says of what was taken
 * before is the same.
 */
export const isLimited = (scopes: readonly Pick<Quota, 'limits'>[], asked: ResourceAmount): boolean =>
  quotaDimensions.some(
    (dimension) => asked[dimension] > 0 && scopes.some(({ limits }) => limits[dimension] !== undefined),
  );

/** Admits requests one after the other against locked scopes, so that a batch never promises more than its requests alone would get. */
export class Admission {
  private readonly scopes: Map<string, Quota>;

  constructor(scopes: readonly Quota[]) {
    this.scopes = new Map(scopes.map((scope) => [scope.id, scope]));
  }

  /** To try on what would be. */
  copy(): Admission {
    return new Admission([...this.scopes.values()]);
  }

  /** Why the amounts do not fit, without taking them; null: they do. */
  excess(scopeIds: readonly string[], asked: ResourceAmount): Excess | null {
    return excessIn(this.of(scopeIds), asked);
  }

  /**
   * Takes the amounts, and raises the limits that they exceed to what is in use then.
   * @returns the quotas whose limits were raised.
   * @throws DcmError QUOTA_EXCEEDED for a tenant's limit where only the project's may be raised.
   */
  admitRaising(scopeIds: readonly string[], asked: ResourceAmount, raises: Raisable): Quota[] {
    const excess = this.excess(scopeIds, asked);
    if (excess !== null && excess.isOfTenant && raises !== 'tenant') {
      const { message, details = [] } = excess.error;
      throw new DcmError('QUOTA_EXCEEDED', message, { details });
    }
    const raised = this.of(scopeIds).flatMap((scope) => raisedFor(scope, asked) ?? []);
    for (const quota of raised) this.scopes.set(quota.id, quota);
    this.admit(scopeIds, asked);
    return raised;
  }

  /** Takes the amounts when they fit. @returns why they do not, else null. */
  admit(scopeIds: readonly string[], asked: ResourceAmount): DcmErrorBody | null {
    const scopes = this.of(scopeIds);
    const error = quotaErrorOf(scopes, asked);
    if (error !== null) return error;
    for (const scope of scopes) this.scopes.set(scope.id, { ...scope, held: sumOf(scope.held, asked) });
    return null;
  }

  private of(scopeIds: readonly string[]): Quota[] {
    return scopeIds.flatMap((id) => this.scopes.get(id) ?? []);
  }
}

/** A quota whose limits are just high enough for what is asked; null: they are. */
function raisedFor(quota: Quota, asked: ResourceAmount): Quota | null {
  const limits = { ...quota.limits };
  for (const dimension of quotaDimensions) {
    const limit = limits[dimension];
    const wanted = quota.held[dimension] + quota.used[dimension] + asked[dimension];
    if (limit !== undefined && asked[dimension] > 0 && wanted > limit) limits[dimension] = wanted;
  }
  const isSame = quotaDimensions.every((dimension) => limits[dimension] === quota.limits[dimension]);
  return isSame ? null : { ...quota, limits, seq: quota.seq + 1 };
}

/** Two amounts together. */
export function sumOf(a: ResourceAmount, b: ResourceAmount): ResourceAmount {
  const both = { ...a };
  for (const dimension of quotaDimensions) both[dimension] += b[dimension];
  return both;
}

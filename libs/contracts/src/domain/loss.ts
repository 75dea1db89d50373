import { z } from 'zod';

/** What of a request a platform may be unable to keep; rules name them: `"secure-boot" in plan.losses`. */
export const lossFeatures = [
  'linked-clone',
  'full-clone',
  'secure-boot',
  'static-address',
  'gateway',
  'dns',
  'hostname',
  'ssh-keys',
  'user-data',
  'admin-password',
  'domain-join',
  'labels',
  'disk-grow',
  'disk-provisioning',
  'network-cards',
  'guest-preparation',
  'other',
] as const;
export type LossFeature = (typeof lossFeatures)[number];

const isFeature = (value: unknown): value is LossFeature => lossFeatures.some((feature) => feature === value);

/** An older provisioner tells a loss as a sentence alone, a newer one may know more features. */
function readTolerantly(value: unknown): unknown {
  if (typeof value === 'string') return { feature: 'other', pointer: '', message: value };
  if (typeof value !== 'object' || value === null || !('feature' in value)) return value;
  return isFeature(value.feature) ? value : { ...value, feature: 'other' };
}

/**
 * What a platform does not keep of a request, or keeps otherwise than asked. `pointer` is into the body of the VM request (RFC 6901):
 * everything at and below it is concerned; '' where nothing in the body asks for it.
 */
export const planLossSchema = z.preprocess(
  readTolerantly,
  z.object({ feature: z.enum(lossFeatures), pointer: z.string(), message: z.string() }),
);
export type PlanLoss = z.output<typeof planLossSchema>;

/** One thing that is lost when its condition holds. */
export type LossRule = readonly [isLost: boolean, feature: LossFeature, pointer: string, message: string];

/** The losses of those rules whose condition holds. */
export const lossesFrom = (rules: readonly LossRule[]): PlanLoss[] =>
  rules.flatMap(([isLost, feature, pointer, message]) => (isLost ? [{ feature, pointer, message }] : []));

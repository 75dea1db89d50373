import { z } from 'zod';
import { catalogueNameSchema, platformSchema, siteNameSchema } from '../ids';

/** A currency of ISO 4217, as its three letters. */
export const currencySchema = z.string().regex(/^[A-Z]{3}$/, 'must be a currency of ISO 4217: three capital letters');

/** What one unit costs for one hour, in millionths of the currency; at most a thousand of it. */
const micros = z.int().min(0).max(1_000_000_000);

/**
 * What one hour costs: of a vCPU, of a GiB of memory and of a GiB of disk. `…Off` holds while the VM is switched off, and is nothing
 * unless it is said. All in micro-units of the currency.
 */
export const hourlyRatesSchema = z.strictObject({
  vcpuHourMicros: micros,
  memoryGibHourMicros: micros,
  diskGibHourMicros: micros,
  vcpuHourOffMicros: micros.default(0),
  memoryGibHourOffMicros: micros.default(0),
});
export type HourlyRates = z.infer<typeof hourlyRatesSchema>;

/** What a rate is for; without anything it is for everything that no other is for. A site has one platform, so a scope names only one of them. */
export const rateScopeSchema = z
  .strictObject({
    platform: platformSchema.optional(),
    site: siteNameSchema.optional(),
    size: catalogueNameSchema.optional(),
  })
  .refine(({ platform, site }) => platform === undefined || site === undefined, {
    path: ['platform'],
    message: 'excludes site: a site has one platform',
  });
export type RateScope = z.infer<typeof rateScopeSchema>;

/**
 * What things cost from a time on. Rates are only ever added: of one scope the latest that has begun is in force, and one that was in
 * force stays as it was, so that a bill can be recomputed.
 */
export const rateSchema = z.object({
  id: z.uuid(),
  scope: rateScopeSchema,
  currency: currencySchema,
  ...hourlyRatesSchema.shape,
  validFrom: z.iso.datetime(),
  createdAt: z.iso.datetime(),
  seq: z.int().min(0),
});
export type Rate = z.infer<typeof rateSchema>;

/** Hours of a month: a twelfth of 8760. */
export const hoursPerMonth = 730;

/** What a VM costs while it runs, in micro-units of the currency; a month is 730 hours. */
export const priceSchema = z.object({
  currency: currencySchema,
  perHourMicros: z.int().min(0),
  perMonthMicros: z.int().min(0),
});
export type Price = z.infer<typeof priceSchema>;

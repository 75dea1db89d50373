import {
  hoursPerMonth,
  type CatalogueName,
  type Platform,
  type Price,
  type Rate,
  type RateScope,
  type ResourceAmount,
  type SiteName,
} from '@dcm/contracts';

/** What is paid for. Memory counts in GiB, of which an amount's MiB are parts. */
export type PricedAmounts = Pick<ResourceAmount, 'vcpus' | 'memoryMib' | 'diskGib'>;

/** Where a VM is, and of which size it is, as far as rates differ by it. */
export interface RatedPlace {
  readonly platform: Platform;
  readonly site: SiteName;
  readonly size: CatalogueName | null;
}

const mibPerGib = 1024n;
const most = BigInt(Number.MAX_SAFE_INTEGER);

/** Half up, once, at the end of each figure: the price of a month is not 730 rounded hours. What is beyond every purse is shown as the most that can be. */
function rounded(numerator: bigint): number {
  const micros = (2n * numerator + mibPerGib) / (2n * mibPerGib);
  return Number(micros < most ? micros : most);
}

/**
 * What amounts cost at a rate, in whole micro-units: integers only, each figure rounded half up once.
 * @param poweredOn whether the VM runs; a stopped one is paid for at the `…Off` rates.
 */
export function priceOf(amounts: PricedAmounts, poweredOn: boolean, rate: Omit<Rate, 'id'>): Price {
  const vcpuMicros = BigInt(poweredOn ? rate.vcpuHourMicros : rate.vcpuHourOffMicros);
  const memoryMicros = BigInt(poweredOn ? rate.memoryGibHourMicros : rate.memoryGibHourOffMicros);
  const whole = BigInt(amounts.vcpus) * vcpuMicros + BigInt(amounts.diskGib) * BigInt(rate.diskGibHourMicros);
  const perHour = whole * mibPerGib + BigInt(amounts.memoryMib) * memoryMicros;
  return {
    currency: rate.currency,
    perHourMicros: rounded(perHour),
    perMonthMicros: rounded(perHour * BigInt(hoursPerMonth)),
  };
}

/** A size says more than a site, a site more than a platform, and each of them more than nothing. */
const weightOf = ({ platform, site, size }: RateScope): number =>
  (size === undefined ? 0 : 4) + (site === undefined ? 0 : 2) + (platform === undefined ? 0 : 1);

const isFor = ({ scope }: Rate, place: RatedPlace): boolean =>
  (scope.platform === undefined || scope.platform === place.platform) &&
  (scope.site === undefined || scope.site === place.site) &&
  (scope.size === undefined || scope.size === place.size);

/** What matters most comes first: the narrowest scope, and of one scope the latest. */
const byWeight = (a: Rate, b: Rate): number =>
  weightOf(b.scope) - weightOf(a.scope) || Date.parse(b.validFrom) - Date.parse(a.validFrom);

/** The rate in force at a time: site with size, platform with size, size, site, platform, everything. @returns null: none is known. */
export function rateFor(rates: readonly Rate[], place: RatedPlace, at: Date): Rate | null {
  const inForce = rates.filter((rate) => isFor(rate, place) && Date.parse(rate.validFrom) <= at.getTime());
  return inForce.sort(byWeight)[0] ?? null;
}

/**
 * What a VM costs while it runs: what a plan says and a budget holds. A VM that is asked for switched off costs no less there, because
 * whoever may use it may switch it on.
 * @returns null where no rate is known, which is not the same as nothing.
 */
export function runningPriceOf(
  amounts: PricedAmounts,
  rates: readonly Rate[],
  place: RatedPlace,
  at: Date,
): Price | null {
  const rate = rateFor(rates, place, at);
  return rate === null ? null : priceOf(amounts, true, rate);
}

import type { PlanSummary, Price } from '@dcm/contracts';
import { canonicalJson } from '@dcm/runtime';

type Compare = (before: PlanSummary, after: PlanSummary) => readonly string[];

const microsPerUnit = 1_000_000;
const costOf = (price: Price | null): string =>
  price === null ? 'no price' : `${(price.perMonthMicros / microsPerUnit).toFixed(2)} ${price.currency} a month`;

const imageOf = ({ image }: PlanSummary): string =>
  image === null ? 'no image' : `${image.name} (${image.nativeId}, version ${image.version})`;

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

const change = (what: string, before: string, after: string): string[] => [`${what}: ${before} → ${after}`];

type Figures = Readonly<Record<string, string | number>>;

/** Entries of two maps that differ, in words. */
function mapChanges(what: string, before: Figures, after: Figures): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) =>
    isSame(before[key], after[key])
      ? []
      : change(`${what} ${key}`, String(before[key] ?? 'nothing'), String(after[key] ?? 'nothing')),
  );
}

const byName = (networks: PlanSummary['networks']): Record<string, string> =>
  Object.fromEntries(networks.map(({ name, nativeId }) => [name, nativeId]));

const lossText = (loss: unknown): string =>
  typeof loss === 'string' ? loss : ((loss as { message?: string }).message ?? canonicalJson(loss));

function lossChanges(before: PlanSummary, after: PlanSummary): string[] {
  const [old, now] = [before.losses, after.losses].map((losses) => new Set(losses.map(lossText)));
  const added = [...(now ?? [])].filter((loss) => old?.has(loss) !== true).map((loss) => `a new loss: ${loss}`);
  const gone = [...(old ?? [])].filter((loss) => now?.has(loss) !== true).map((loss) => `a loss is gone: ${loss}`);
  return [...added, ...gone];
}

/** What plans have always shown. */
const always: readonly Compare[] = [
  (before, after) =>
    isSame([before.platform, before.site], [after.platform, after.site])
      ? []
      : change('site', `${before.site} (${before.platform})`, `${after.site} (${after.platform})`),
  (before, after) => (isSame(before.image, after.image) ? [] : change('image', imageOf(before), imageOf(after))),
  (before, after) => mapChanges('amount of', before.amounts, after.amounts),
  lossChanges,
];

/** What plans of an older version did not show, and did not sign as it is signed now. */
const later: readonly Compare[] = [
  (before, after) =>
    isSame(before.price, after.price) ? [] : change('price', costOf(before.price), costOf(after.price)),
  (before, after) => mapChanges('placement', before.scope, after.scope),
  (before, after) => mapChanges('network', byName(before.networks), byName(after.networks)),
];

/**
 * In what a plan differs from the one that was signed, in words: image, price, amounts, placement, networks, losses.
 * @returns empty when they have the same hash, and when all is the same that an older version signed.
 */
export function changesBetween(before: PlanSummary, after: PlanSummary): string[] {
  if (before.hash === after.hash) return [];
  const isOlder = !Object.hasOwn(before, 'scope');
  const changes = [...always, ...(isOlder ? [] : later)].flatMap((compare) => compare(before, after));
  return changes.length > 0 || isOlder ? changes : ['what is asked for, as it is signed'];
}

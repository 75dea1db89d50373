import {
  DcmError,
  noAmount,
  plannedAmountSchema,
  quotaDimensions,
  requestedNameOf,
  type BatchPlace,
  type Plan,
  type PlanSummary,
  type Price,
  type ResourceAmount,
  type VmSpec,
} from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import type { PlanTerms } from './terms.entity';
import type { VmRecord } from './vm.entity';

/** What is asked for, before anybody looked at the site: an image's own disk is not known yet, nor what it costs. */
export const askedAmounts = (spec: Pick<VmSpec, 'cpus' | 'memoryMib' | 'disks'>): ResourceAmount => ({
  ...noAmount,
  vcpus: spec.cpus,
  memoryMib: spec.memoryMib,
  diskGib: spec.disks.reduce((sum, disk) => sum + disk.sizeGib, 0),
  vms: 1,
});

/** What the VM will take once it is made as planned. */
export const plannedAmounts = (spec: VmSpec, plan: Plan): ResourceAmount => ({
  ...askedAmounts(spec),
  diskGib: Math.max(plan.diskGib, askedAmounts(spec).diskGib),
});

/** The same at a price, which is held for a month; what is known of its cost stays where there is no rate. */
export const atPrice = (amounts: ResourceAmount, price: Price | null | undefined): ResourceAmount =>
  price == null ? amounts : { ...amounts, monthlyCostMicros: price.perMonthMicros };

/** The same for so many equal VMs. */
export function timesOf(amounts: ResourceAmount, count: number): ResourceAmount {
  const all = { ...amounts };
  for (const dimension of quotaDimensions) all[dimension] *= count;
  return all;
}

const priceOfAll = (price: Price | null, count: number): Price | null =>
  price && {
    ...price,
    perHourMicros: price.perHourMicros * count,
    perMonthMicros: price.perMonthMicros * count,
  };

/** What an approver should know of a plan. */
export const warningsOf = ({ diagnostics }: Plan): string[] =>
  diagnostics.filter((one) => one.severity === 'warning').map((one) => one.message);

/**
 * What of a spec is signed: all that the VM is to be, whoever asks for it and whenever. A name that is derived from the VM's id is not;
 * of a secret only that there is one is: it is sealed anew each time, so its text says nothing.
 */
const signedSpecOf = ({ platformName: _derived, guest, ...spec }: VmSpec): object => {
  const { userData, adminPassword, domain, ...open } = guest;
  const secrets = { hasUserData: userData !== null, hasAdminPassword: (adminPassword ?? null) !== null };
  const joined = domain === undefined ? {} : { domain: { ...domain, password: domain.password !== null } };
  return { ...spec, guest: { ...open, ...secrets, ...joined } };
};

/** The same with another word for the name on the platform, which is derived from the VM's id, wherever a site's words hold it. */
export const renamed = <T>(value: T, { platformName }: Pick<VmSpec, 'platformName'>, word: string): T =>
  JSON.parse(JSON.stringify(value).replaceAll(platformName, word)) as T;

/**
 * The plan as an approver reads and signs it. The hash covers the spec (without what differs each time it is asked for), image with
 * version, networks, amounts, price, losses, site, platform and scope: the same body has the same hash in a quote and in a request. Hosts and
 * datastores are hints and may change; warnings, the quota's figures and who must approve are shown and not signed.
 * @param place of one of several VMs that are decided together: then it is signed how many they are, and no one's name.
 * @throws DcmError INTERNAL for a VM without a spec.
 */
export function summaryOf(
  vm: Pick<VmRecord, 'doc' | 'spec'>,
  plan: Plan,
  terms: PlanTerms,
  place?: BatchPlace,
): PlanSummary {
  const { doc, spec } = vm;
  if (spec === null) throw new DcmError('INTERNAL', `Unable to summarise the plan of VM ${doc.name}: it has no spec`);
  const { site, platform } = doc;
  const { image, networks, scope, losses } = plan;
  const { price, quota, approval } = terms;
  const planned = plannedAmounts(spec, plan);
  const amounts = plannedAmountSchema.parse(planned);
  const shown = { site, platform, image, networks, scope, amounts, price, losses };
  const name = requestedNameOf(spec.name, place);
  const several = place === undefined ? {} : { count: place.count };
  const signed = renamed({ ...shown, ...several, spec: { ...signedSpecOf(spec), name } }, spec, name);
  const summary = { hash: sha256Hex(canonicalJson(signed)), ...shown, warnings: warningsOf(plan), quota: [...quota] };
  if (place === undefined) return { ...summary, approval };
  const { count } = place;
  const all = plannedAmountSchema.parse(timesOf(planned, count));
  return { ...summary, approval, total: { count, name, amounts: all, price: priceOfAll(price, count) } };
}

/** The plan of the first of several VMs as that of another: only the name on the platform differs. */
export function planFor({ spec }: Pick<VmRecord, 'spec'>, first: Pick<VmRecord, 'spec'>, plan: Plan): Plan {
  const planned = first.spec;
  return spec === null || planned === null || spec === planned ? plan : renamed(plan, planned, spec.platformName);
}

/**
 * What one of several VMs is to be, once that is decided for all: the quota's figures stay those of all.
 * @throws DcmError INTERNAL for a VM without a plan.
 */
export function ownPlanOf(vm: VmRecord, { quota, approval }: PlanSummary): PlanSummary {
  if (vm.plan === null)
    throw new DcmError('INTERNAL', `Unable to plan VM ${vm.doc.name} as the others: it has no plan`);
  return summaryOf(vm, vm.plan, { price: vm.planPrice, quota, approval });
}

import {
  DcmError,
  noAmount,
  plannedAmountSchema,
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

/** What an approver should know of a plan. */
export const warningsOf = ({ diagnostics }: Plan): string[] =>
  diagnostics.filter((one) => one.severity === 'warning').map((one) => one.message);

/**
 * What of a spec is signed: all that the VM is to be, whoever asks for it and whenever. A name that is derived from the VM's id is not;
 * of a secret only that there is one is: it is sealed anew each time, so its text says nothing.
 */
const signedSpecOf = ({ platformName: _derived, guest, ...spec }: VmSpec): unknown => {
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
 * @throws DcmError INTERNAL for a VM without a spec.
 */
export function summaryOf(vm: Pick<VmRecord, 'doc' | 'spec'>, plan: Plan, terms: PlanTerms): PlanSummary {
  const { doc, spec } = vm;
  if (spec === null) throw new DcmError('INTERNAL', `Unable to summarise the plan of VM ${doc.name}: it has no spec`);
  const { site, platform } = doc;
  const { image, networks, scope, losses } = plan;
  const { price, quota, approval } = terms;
  const amounts = plannedAmountSchema.parse(plannedAmounts(spec, plan));
  const shown = { site, platform, image, networks, scope, amounts, price, losses };
  const hash = sha256Hex(canonicalJson(renamed({ ...shown, spec: signedSpecOf(spec) }, spec, spec.name)));
  const warnings = warningsOf(plan);
  return { hash, ...shown, warnings, quota: [...quota], approval };
}

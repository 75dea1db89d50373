import { DcmError, type Plan, type PlanSummary, type Price, type ResourceAmount, type VmSpec } from '@dcm/contracts';
import { canonicalJson, sha256Hex } from '@dcm/runtime';
import type { VmRecord } from './vm.entity';

/** What is asked for, before anybody looked at the site: an image's own disk is not known yet. */
export const askedAmounts = (spec: Pick<VmSpec, 'cpus' | 'memoryMib' | 'disks'>): ResourceAmount => ({
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

/**
 * The plan as an approver reads and signs it. The hash covers spec, image with version, amounts, price, site, scope and losses; hosts
 * and datastores are hints and may change.
 * @throws DcmError INTERNAL for a VM without a spec.
 */
export function summaryOf(vm: Pick<VmRecord, 'doc' | 'spec'>, plan: Plan, price: Price | null): PlanSummary {
  const { doc, spec } = vm;
  if (spec === null) throw new DcmError('INTERNAL', `Unable to summarise the plan of VM ${doc.name}: it has no spec`);
  const amounts = plannedAmounts(spec, plan);
  const signed = {
    spec,
    image: plan.image,
    networks: plan.networks,
    amounts,
    price,
    site: doc.site,
    platform: doc.platform,
    scope: plan.scope,
    losses: plan.losses,
  };
  const warnings = plan.diagnostics.filter((one) => one.severity === 'warning').map((one) => one.message);
  const hash = sha256Hex(canonicalJson(signed));
  const { site, platform } = doc;
  return { hash, site, platform, image: plan.image, amounts, price, losses: plan.losses, warnings };
}

import type { Approval, OperationKind, Price, QuotaChange } from '@dcm/contracts';

/** What the read model knows beside the approval; each may be missing. */
export interface Surroundings {
  readonly vmName: string | undefined;
  readonly kind: OperationKind | undefined;
  readonly projectName: string | undefined;
}

/** A question in words: one sentence, and what it is about, line by line. */
export interface Facts {
  readonly title: string;
  readonly lines: readonly { readonly label: string; readonly values: readonly string[] }[];
}

const verbs: Partial<Record<OperationKind, string>> = {
  'vm.create': 'asks for',
  'vm.resize': 'asks to change',
  'vm.delete': 'asks to delete',
};

const amountLabels: Readonly<Record<string, string>> = {
  vcpus: 'vCPUs',
  memoryMib: 'MiB of memory',
  diskGib: 'GiB of disk',
  vms: 'VMs',
  snapshots: 'snapshots',
};

const microsOf = (micros: number): string => (micros / 1_000_000).toFixed(2);

const priceOf = ({ currency, perHourMicros, perMonthMicros }: Price): string =>
  `${microsOf(perMonthMicros)} ${currency} a month (${(perHourMicros / 1_000_000).toFixed(4)} ${currency} an hour)`;

const amountsOf = (amounts: Readonly<Record<string, number>>): string[] =>
  Object.entries(amounts).flatMap(([name, amount]) => {
    const label = amountLabels[name];
    return label === undefined || name === 'vms' || amount === 0 ? [] : [`${amount} ${label}`];
  });

const quotaOf = ({ scope, dimension, before, after, limit }: QuotaChange): string => {
  const isMoney = dimension.endsWith('Micros');
  const [name, show] = isMoney
    ? [dimension.replace(/Micros$/, ''), microsOf]
    : [amountLabels[dimension] ?? dimension, String];
  return `${scope}: ${show(before)} → ${show(after)} ${name}${limit === null ? ', no limit' : ` of ${show(limit)}`}`;
};

/** A loss is a text, or has one. */
const lossOf = (loss: unknown): string =>
  typeof loss === 'object' && loss !== null && 'message' in loss ? String(loss.message) : String(loss);

const endingOf = ({ onExpiry, level, levels }: Approval): string => {
  if (onExpiry === 'approve') return 'then it is approved';
  return onExpiry === 'escalate' && level + 1 < levels.length ? 'then others are asked' : 'then it is rejected';
};

/** An ISO time as people read it, in UTC. */
export const timeOf = (iso: string): string => `${iso.slice(0, 16).replace('T', ' ')} UTC`;

/** What one VM takes and costs, or all of several with what each does. */
function figuresOf({ amounts, price, total }: Approval['plan']): [string, readonly string[]][] {
  const each = amountsOf(amounts);
  const priceOfOne = price === null ? [] : [priceOf(price)];
  if (total === undefined) {
    return [
      ['Size', each],
      ['Price', priceOfOne],
    ];
  }
  const priceOfAll = total.price === null ? [] : [priceOf(total.price)];
  return [
    ['Size of each', each],
    [`Size of all ${total.count}`, amountsOf(total.amounts)],
    ['Price of each', priceOfOne],
    [`Price of all ${total.count}`, priceOfAll],
  ];
}

/** Which VM it is about, or which. */
function subjectOf({ vmId, plan, batch }: Approval, vmName: string | undefined): string {
  if (plan.total === undefined || batch === undefined) return `VM ${vmName ?? vmId}`;
  const [first, last] = [batch.operations[0], batch.operations.at(-1)];
  return `${plan.total.count} equal VMs, ${first?.name ?? ''} to ${last?.name ?? ''},`;
}

/** Says in words who asks for what, where, and what it costs. Nothing here is escaped. */
export function factsOf(approval: Approval, { vmName, kind, projectName }: Surroundings): Facts {
  const { plan, requester, reason, expiresAt } = approval;
  const verb = verbs[kind ?? 'vm.create'] ?? 'asks to change';
  const image = plan.image === null ? [] : [`${plan.image.name} (version ${plan.image.version})`];
  const lines: [string, readonly string[]][] = [
    ['Asked by', [requester]],
    ['Why you are asked', [reason]],
    ['Project', projectName === undefined ? [] : [projectName]],
    ['Site', [`${plan.site} (${plan.platform})`]],
    ['Image', image],
    ...figuresOf(plan),
    ['What this site cannot do', plan.losses.map(lossOf)],
    ['Warnings', plan.warnings],
    ['Quota', plan.quota.map(quotaOf)],
    ['New since the last question', approval.supersedes?.changes ?? []],
    ['Answer until', [`${timeOf(expiresAt)}; ${endingOf(approval)}`]],
  ];
  return {
    title: `${requester} ${verb} ${subjectOf(approval, vmName)} on ${plan.site}`,
    lines: lines.filter(([, values]) => values.length > 0).map(([label, values]) => ({ label, values })),
  };
}

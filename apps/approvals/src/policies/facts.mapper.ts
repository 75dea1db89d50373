import type { GovernedKind, PlanSummary, Policy, Price, ResourceAmount, Vm, VmSpec } from '@dcm/contracts';
import type { VmSize } from '../operations/goal.entity';
import type { CurrentFacts, NamedScope, PlanFacts, PolicyFacts, RequestFacts } from './facts.entity';

/** What rules see of a plan. */
export type PlanView = Pick<PlanSummary, 'amounts' | 'price' | 'losses' | 'warnings'>;

/** What one request is about, as its operation knows it. */
export interface Subject {
  readonly kind: GovernedKind;
  readonly vm: Vm;
  /** How many equal VMs are asked for at once; absent: one. */
  readonly count?: number;
  /** Of a create. */
  readonly spec: VmSpec | null;
  /** What the VM would be. */
  readonly size: VmSize;
  /** What it would take; null: as the size says. */
  readonly amounts: Pick<ResourceAmount, 'diskGib'> | null;
  /** What it takes now; null: nothing, it is to be made. */
  readonly current: CurrentFacts | null;
  readonly plan: PlanView | null;
  readonly labels?: Vm['labels'] | undefined;
  readonly deletionProtection?: boolean | undefined;
  readonly requester: string;
}

/** Around the request: where, when, and under which limits. */
export interface Surroundings {
  readonly project: NamedScope;
  readonly tenant: NamedScope;
  readonly thresholds: Policy | null;
  readonly now: Date;
  readonly isQuotaExceeded: boolean;
}

const nothing: CurrentFacts = { cpus: 0, memoryMib: 0, diskGib: 0 };

const totalOf = ({ disks }: VmSize): number => disks.reduce((sum, { sizeGib }) => sum + sizeGib, 0);

/** What the VM itself would be like, apart from its size. */
const natureOf = ({
  vm,
  spec,
  ...subject
}: Subject): Pick<RequestFacts, 'staticAddress' | 'labels' | 'poweredOn' | 'deletionProtection'> => ({
  staticAddress: spec?.networks.some(({ address }) => address !== undefined) ?? false,
  labels: subject.labels ?? vm.labels,
  poweredOn: spec?.poweredOn ?? vm.power === 'on',
  deletionProtection: subject.deletionProtection ?? vm.deletionProtection,
});

const requestOf = (subject: Subject): RequestFacts => {
  const { kind, vm, size, amounts } = subject;
  return {
    kind,
    name: vm.name,
    image: vm.image ?? '',
    size: vm.size ?? '',
    cpus: size.cpus,
    memoryMib: size.memoryMib,
    diskGib: amounts?.diskGib ?? totalOf(size),
    disks: size.disks.map(({ sizeGib }) => sizeGib),
    networks: vm.networks.map(({ network }) => network),
    metadata: vm.metadata,
    count: subject.count ?? 1,
    ...natureOf(subject),
  };
};

const noPrice: PlanFacts['price'] = { isKnown: false, currency: '', perHour: 0, perMonth: 0 };
const microsPerUnit = 1_000_000;

const priceOf = (price: Price | null): PlanFacts['price'] =>
  price === null
    ? noPrice
    : {
        isKnown: true,
        currency: price.currency,
        perHour: price.perHourMicros / microsPerUnit,
        perMonth: price.perMonthMicros / microsPerUnit,
      };

const planOf = ({ vm, plan }: Subject): PlanFacts => ({
  site: vm.site,
  platform: vm.platform,
  losses: plan?.losses.map(({ feature }) => feature) ?? [],
  warnings: plan?.warnings ?? [],
  // A plan of before there were rates has none.
  price: priceOf(plan?.price ?? null),
});

/** The facts that rules decide by. */
export const factsOf = (subject: Subject, around: Surroundings): PolicyFacts => ({
  request: requestOf(subject),
  current: subject.current ?? nothing,
  plan: planOf(subject),
  project: around.project,
  tenant: around.tenant,
  requester: { principal: subject.requester },
  now: around.now,
  quota: { isExceeded: around.isQuotaExceeded },
  thresholds: around.thresholds,
});

import type { PolicyFacts, RequestFacts } from './facts.entity';

/** Facts that a rule is tried on before it is saved, with the name that an error bears. */
export interface Sample {
  readonly name: string;
  readonly facts: PolicyFacts;
}

const small: RequestFacts = {
  kind: 'vm.create',
  name: 'web-01',
  image: '',
  size: '',
  cpus: 1,
  memoryMib: 512,
  diskGib: 10,
  disks: [],
  networks: [],
  staticAddress: false,
  labels: {},
  metadata: {},
  poweredOn: true,
  deletionProtection: false,
  count: 1,
};

const large: RequestFacts = {
  ...small,
  name: 'database-primary-01',
  image: 'debian-12',
  size: 'large',
  cpus: 64,
  memoryMib: 524_288,
  diskGib: 4096,
  disks: [96, 2000, 2000],
  networks: ['lan', 'backup'],
  staticAddress: true,
  labels: { env: 'prod', team: 'payments', 'cost-center': '4711' },
  metadata: { cloneMode: 'linked', folder: { name: 'db' } },
  deletionProtection: true,
  count: 10,
};

const id = '00000000-0000-4000-8000-000000000000';

const base: PolicyFacts = {
  request: small,
  current: { cpus: 0, memoryMib: 0, diskGib: 0 },
  plan: {
    site: 'lab',
    platform: 'proxmox',
    losses: [],
    warnings: [],
    price: { isKnown: false, currency: '', perHour: 0, perMonth: 0 },
  },
  project: { id, name: 'web' },
  tenant: { id, name: 'acme' },
  requester: { principal: 'dave' },
  now: new Date('2026-01-05T09:30:00.000Z'),
  quota: { isExceeded: false },
  thresholds: null,
};

const filledPlan: PolicyFacts['plan'] = {
  ...base.plan,
  losses: ['linked-clone', 'secure-boot'],
  warnings: ['storage local-lvm is 91 % full'],
  price: { isKnown: true, currency: 'EUR', perHour: 1.25, perMonth: 912.5 },
};

const full: PolicyFacts = {
  ...base,
  request: large,
  plan: filledPlan,
  now: new Date('2026-01-04T23:59:59.000Z'),
  quota: { isExceeded: true },
};

const sizeOf = ({ cpus, memoryMib, diskGib }: RequestFacts): PolicyFacts['current'] => ({ cpus, memoryMib, diskGib });

/** A resize is decided when it is asked for: it may have a price, and no site has told losses or warnings. */
const resizeOf = (facts: PolicyFacts, current: RequestFacts): PolicyFacts => ({
  ...facts,
  request: { ...facts.request, kind: 'vm.resize', count: 1 },
  plan: { ...facts.plan, losses: [], warnings: [] },
  current: sizeOf(current),
});

/** A delete is about what is there, has neither plan nor price, and exceeds nothing. */
const deleteOf = (facts: PolicyFacts): PolicyFacts => ({
  ...facts,
  request: { ...facts.request, kind: 'vm.delete', count: 1 },
  plan: base.plan,
  current: sizeOf(facts.request),
  quota: base.quota,
});

/** Of each kind that rules decide about, a request with the least and one with everything. */
export const samples: readonly Sample[] = [
  { name: 'a small create', facts: base },
  { name: 'a large create', facts: full },
  { name: 'a small resize', facts: resizeOf(base, small) },
  { name: 'a large resize', facts: resizeOf(full, small) },
  { name: 'a resize that takes something away', facts: resizeOf(base, large) },
  { name: 'a small delete', facts: deleteOf(base) },
  { name: 'a large delete', facts: deleteOf(full) },
];

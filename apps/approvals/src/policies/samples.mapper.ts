import type { PolicyFacts, RequestFacts } from './facts.entity';

/** Facts that a rule is tried on before it is saved, with the name that an error bears. */
export interface Sample {
  readonly name: string;
  readonly facts: PolicyFacts;
}

const sizes = { cpus: 2, memoryMib: 2048, diskGib: 20 };

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

/** A request with the least, one with everything, and one of each other kind. */
export const samples: readonly Sample[] = [
  { name: 'a small create', facts: base },
  {
    name: 'a large create',
    facts: {
      ...base,
      request: large,
      plan: filledPlan,
      now: new Date('2026-01-04T23:59:59.000Z'),
      quota: { isExceeded: true },
    },
  },
  { name: 'a resize', facts: { ...base, request: { ...large, kind: 'vm.resize' }, current: sizes } },
  { name: 'a delete', facts: { ...base, request: { ...small, kind: 'vm.delete', ...sizes }, current: sizes } },
];

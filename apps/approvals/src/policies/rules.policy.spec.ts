import fc from 'fast-check';
import type { ApprovalLevel, PolicyRule } from '@dcm/contracts';
import { projectId, tenantId } from '../../test/scene.builder';
import type { PolicyFacts } from './facts.entity';
import { evaluate, inOrder, isInScope } from './rules.policy';
import { samples } from './samples.mapper';

const [small, large] = samples.map(({ facts }) => facts) as [PolicyFacts, PolicyFacts];
const idOf = (n: number): PolicyRule['id'] => `0198aaaa-0000-7000-8000-0000000000${n + 10}` as PolicyRule['id'];
const level: ApprovalLevel = {
  mode: 'ALL_OF',
  approvers: [{ user: 'amy' }],
  minApprovals: 1,
  expiresInHours: 4,
  onExpiry: 'escalate',
};

const aRule = (fields: Partial<PolicyRule> = {}): PolicyRule => ({
  id: idOf(0),
  tenantId,
  projectId: null,
  name: 'r',
  order: 100,
  enabled: true,
  operations: ['vm.create', 'vm.resize', 'vm.delete'],
  when: 'true',
  effect: { kind: 'approve' },
  state: 'active',
  createdAt: '2026-01-01T00:00:00.000Z',
  seq: 1,
  ...fields,
});
const rejects = (name: string, fields: Partial<PolicyRule> = {}): PolicyRule =>
  aRule({ name, effect: { kind: 'reject', reason: `no, says ${name}` }, ...fields });

describe('rules', () => {
  it('decide as they say', () => {
    expect(evaluate([aRule()], small)).toEqual({ kind: 'approve', rule: 'r' });
    expect(evaluate([rejects('big', { when: 'request.cpus > 32' })], large)).toEqual({
      kind: 'reject',
      rule: 'big',
      reason: 'no, says big',
    });
    const asks = aRule({ effect: { kind: 'ask', levels: [level] }, overQuota: { levels: [level] } });
    expect(evaluate([asks], small)).toEqual({
      kind: 'ask',
      rule: 'r',
      reasons: ['rule r wants approval'],
      levels: [level],
      overQuota: { levels: [level], raises: 'project' },
    });
    expect(evaluate([{ ...asks, tenantId: null }], small)).toMatchObject({ overQuota: { raises: 'tenant' } });
  });

  it('are asked from the platform down, by order, then by id, and the first that matches decides', () => {
    const rules = [
      rejects('project', { projectId, order: 1 }),
      rejects('tenant late', { order: 20 }),
      rejects('tenant second', { order: 10, id: idOf(2) }),
      rejects('tenant first', { order: 10, id: idOf(1) }),
      rejects('platform', { tenantId: null, order: 900 }),
    ];
    const names = inOrder(rules).map(({ name }) => name);
    expect(names).toEqual(['platform', 'tenant first', 'tenant second', 'tenant late', 'project']);
    expect(evaluate(rules, small)).toMatchObject({ rule: 'platform' });
    expect(evaluate(rules.slice(0, 4), small)).toMatchObject({ rule: 'tenant first' });
  });

  it('that are disabled, about other operations, or not true are passed over', () => {
    const rules = [
      rejects('off', { enabled: false }),
      rejects('resize', { operations: ['vm.resize'] }),
      rejects('big', { when: 'request.cpus > 32' }),
      rejects('last', { order: 200 }),
    ];
    expect(evaluate(rules, small)).toMatchObject({ rule: 'last' });
  });

  it('leave it to the thresholds when none matches', () => {
    const thresholds = { autoApprove: { maxVcpus: 4 }, approvalTtlHours: 5, onExpiry: 'approve' } as const;
    expect(evaluate([rejects('x', { when: 'false' })], { ...small, thresholds })).toEqual({
      kind: 'approve',
      rule: null,
    });
    // Ten VMs of 64 vCPUs.
    expect(evaluate([], { ...large, thresholds })).toEqual({
      kind: 'ask',
      rule: null,
      reasons: ['640 vCPUs are more than the 4 that need no approval'],
      levels: [
        {
          mode: 'ANY_OF',
          approvers: [{ role: 'approver' }, { role: 'tenant-admin' }],
          minApprovals: 1,
          expiresInHours: 5,
          onExpiry: 'approve',
        },
      ],
    });
  });

  it('that break ask people, and nothing is approved by accident', () => {
    const when = 'request.labels.env == "prod"';
    const thresholds = { approvalTtlHours: 5, onExpiry: 'approve' } as const;
    const asked = evaluate([aRule({ name: 'env', when })], { ...small, thresholds });
    expect(asked).toEqual({
      kind: 'ask',
      rule: 'env',
      reasons: ['rule env could not be evaluated: No such key: env (at 16)'],
      levels: [
        {
          mode: 'ANY_OF',
          approvers: [{ role: 'approver' }, { role: 'tenant-admin' }],
          minApprovals: 1,
          expiresInHours: 5,
          onExpiry: 'reject',
        },
      ],
    });
    expect(evaluate([aRule({ when, effect: { kind: 'ask', levels: [level] } })], small)).toMatchObject({
      levels: [level],
    });
    expect(evaluate([rejects('x', { when: 'request.cpus >' })], small)).toMatchObject({ kind: 'ask', rule: 'x' });
  });

  it('belong to everybody, to a tenant, or to one project of it', () => {
    const place = { tenantId, projectId };
    expect(isInScope(aRule({ tenantId: null }), place)).toBe(true);
    expect(isInScope(aRule({ projectId }), place)).toBe(true);
    expect(isInScope(aRule({ projectId: tenantId as never }), place)).toBe(false);
    expect(isInScope(aRule({ tenantId: projectId as never }), place)).toBe(false);
  });
});

const condition = fc.constantFrom(
  'true',
  'false',
  'request.cpus > 8',
  'request.labels.env == "prod"',
  'request.disks.exists(gib, gib > 100)',
  'quota.isExceeded',
  'time.hour > 12',
);
const effect = fc.constantFrom<PolicyRule['effect']>(
  { kind: 'approve' },
  { kind: 'reject', reason: 'no' },
  { kind: 'ask', levels: [level] },
);
const someRules = fc.uniqueArray(
  fc.record({
    n: fc.nat(80),
    order: fc.nat(3),
    when: condition,
    effect,
    enabled: fc.boolean(),
    isPlatform: fc.boolean(),
  }),
  { selector: ({ n }) => n, maxLength: 8 },
);
type Drawn = typeof someRules extends fc.Arbitrary<infer T> ? T : never;
const rulesOf = (drawn: Drawn): PolicyRule[] =>
  drawn.map(({ n, isPlatform, ...fields }) =>
    aRule({ ...fields, id: idOf(n), name: `r${n}`, tenantId: isPlatform ? null : tenantId }),
  );
const someFacts = fc.record({
  cpus: fc.integer({ min: 1, max: 16 }),
  labels: fc.constantFrom({}, { env: 'prod' }),
  disks: fc.array(fc.nat(200), { maxLength: 4 }),
});

describe('for any rules and facts', () => {
  it('the verdict is the same each time, in whatever order the rules come', () => {
    fc.assert(
      fc.property(someRules, someFacts, fc.infiniteStream(fc.nat()), (drawn, some, dice) => {
        const rules = rulesOf(drawn);
        const facts = { ...small, request: { ...small.request, ...some } };
        const shuffled = rules
          .map((rule) => ({ rule, at: dice.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ rule }) => rule);
        expect(evaluate(shuffled, facts)).toEqual(evaluate(rules, facts));
      }),
    );
  });

  it('a rule that does not match changes nothing, wherever it stands', () => {
    fc.assert(
      fc.property(someRules, someFacts, fc.nat(3), fc.boolean(), (drawn, some, order, isPlatform) => {
        const facts = { ...small, request: { ...small.request, ...some } };
        const idle = rejects('idle', {
          id: idOf(89),
          order,
          tenantId: isPlatform ? null : tenantId,
          when: 'request.cpus > 16',
        });
        expect(evaluate([...rulesOf(drawn), idle], facts)).toEqual(evaluate(rulesOf(drawn), facts));
      }),
    );
  });
});

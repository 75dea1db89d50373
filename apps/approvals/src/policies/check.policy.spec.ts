import { governedKinds, type ApprovalLevel } from '@dcm/contracts';
import { assertSound, type Draft } from './check.policy';
import { samples } from './samples.mapper';

const draft = (fields: Partial<Draft> = {}): Draft => ({
  name: 'r',
  operations: ['vm.create', 'vm.resize', 'vm.delete'],
  when: 'request.cpus > 4',
  effect: { kind: 'approve' },
  ...fields,
});
const level = (fields: Partial<ApprovalLevel>): ApprovalLevel => ({
  mode: 'ANY_OF',
  approvers: [{ user: 'amy' }],
  minApprovals: 1,
  expiresInHours: 4,
  onExpiry: 'reject',
  ...fields,
});
const refusal = (fields: Partial<Draft>): unknown => {
  try {
    assertSound(draft(fields));
    return 'sound';
  } catch (error) {
    return (error as { details: unknown }).details;
  }
};

describe('a rule that is saved', () => {
  it('is taken when it has an answer for every sample of its operations', () => {
    expect(refusal({})).toBe('sound');
    expect(refusal({ when: 'request.cpus / current.cpus > 4', operations: ['vm.resize'] })).toBe('sound');
  });

  it.each([
    ['request.cpus >\n  ', 'line 2, column 3: Unexpected token: EOF'],
    ['request.cpus > 4 &&\n  request.nme == ""', 'line 2, column 11: No such key: nme'],
    ['request.cpus', 'line 1, column 1: it yields int, and must yield bool'],
    ['request.labels.env == "prod"', 'it has no answer for a small create: No such key: env (at 16)'],
    ['request.cpus / current.cpus > 4', 'it has no answer for a small create: division by zero (at 1)'],
  ])('%j is refused with the place and the cause', (when, message) => {
    expect(refusal({ when })).toEqual([{ pointer: '/when', message }]);
  });

  it.each([
    ['vm.resize', 'request.labels.env == "prod"', 'it has no answer for a small resize: No such key: env (at 16)'],
    ['vm.resize', 'size(plan.losses) > 0 || plan.losses[0] == "x"', 'it has no answer for a small resize'],
    ['vm.resize', '100 / (request.cpus - current.cpus) > 2', 'it has no answer for a small resize: division by zero'],
    ['vm.delete', 'request.labels.env == "prod"', 'it has no answer for a small delete: No such key: env (at 16)'],
    ['vm.delete', 'request.disks[0] > 100', 'it has no answer for a small delete'],
    ['vm.delete', 'request.metadata.folder.name == "db"', 'it has no answer for a small delete'],
  ] as const)('about %s alone is tried on samples of that kind: %s', (kind, when, message) => {
    expect(refusal({ operations: [kind], when })).toMatchObject([
      { pointer: '/when', message: expect.stringContaining(message) as string },
    ]);
  });

  it('is tried on a sample with little and one with much of every kind that rules decide about', () => {
    const kinds = samples.map(({ facts }) => facts.request.kind);
    for (const kind of governedKinds) expect(kinds.filter((one) => one === kind).length).toBeGreaterThanOrEqual(2);
  });

  it('cannot ask for more approvals than there can be', () => {
    const levels = [level({}), level({ minApprovals: 2 })];
    expect(refusal({ effect: { kind: 'ask', levels } })).toEqual([
      { pointer: '/effect/levels/1/minApprovals', message: 'is more than the 1 approvers' },
    ]);
    expect(refusal({ overQuota: { levels: [level({ mode: 'ALL_OF', minApprovals: 2 })] } })).toEqual([
      { pointer: '/overQuota/levels/0/minApprovals', message: 'is for ANY_OF only' },
    ]);
    const anyone = level({ approvers: [{ role: 'approver' }], minApprovals: 3 });
    expect(refusal({ effect: { kind: 'ask', levels: [anyone] } })).toBe('sound');
  });

  it('raises no limit because nobody answered', () => {
    const silent = level({ onExpiry: 'approve' });
    expect(refusal({ overQuota: { levels: [level({}), silent] } })).toMatchObject([
      { pointer: '/overQuota/levels/1/onExpiry' },
    ]);
  });

  it('does not ask about the quota of a delete', () => {
    expect(refusal({ operations: ['vm.delete'], overQuota: { levels: [level({})] } })).toMatchObject([
      { pointer: '/overQuota' },
    ]);
    expect(refusal({ operations: ['vm.create', 'vm.delete'], overQuota: { levels: [level({})] } })).toBe('sound');
  });

  it('does not ask about what it rejects', () => {
    const effect = { kind: 'reject', reason: 'no' } as const;
    expect(refusal({ effect, overQuota: { levels: [level({})] } })).toMatchObject([{ pointer: '/overQuota' }]);
  });
});

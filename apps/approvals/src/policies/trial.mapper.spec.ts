import { policyRuleSchema, type Operation } from '@dcm/contracts';
import { anApproval, anOperation, aSpec, aVmDoc, projectId, tenantId } from '../../test/scene.builder';
import { trialOfPast } from './trial.mapper';

const rule = policyRuleSchema.parse({
  id: '0198aaaa-0000-7000-8000-0000000000bb',
  tenantId,
  projectId: null,
  name: 'whole',
  order: 1,
  enabled: true,
  operations: ['vm.create'],
  when: 'size(plan.losses) == 1 && plan.losses.all(one, one != "")',
  effect: { kind: 'approve' },
  createdAt: '2026-01-01T00:00:00.000Z',
  seq: 1,
});

describe('a past request', () => {
  it('is tried with the plan that an older version stored', () => {
    const plan = { ...anApproval().plan, losses: ['no linked clones'] } as unknown as Operation['plan'];
    const [trial] = trialOfPast([rule], {
      operation: anOperation({ plan }).doc,
      goal: null,
      vm: aVmDoc(),
      spec: aSpec(),
      approval: null,
      thresholds: { approvalTtlHours: 72, onExpiry: 'reject' },
      project: { id: projectId, name: 'p' },
      tenant: { id: tenantId, name: 't' },
    });
    expect(trial).toMatchObject({ ruleId: rule.id, verdict: { kind: 'approve', rule: 'whole' } });
  });
});

import { aChange, anError, anOperation, aPlan, aSite, aVm, createId, inMs, told } from '../../test/scene.builder';
import { askForPlan, planAccepted, planFailed } from './planning.policy';

const planning = anOperation({ state: 'planning' }, { sends: 1, nextAt: null });
const yes = { quotaError: null, reasonsToAsk: [], price: null };

describe('planning', () => {
  it('asks the site, and again when nothing comes', () => {
    const change = aChange({ operations: [anOperation({ state: 'accepted' }, { sends: 0 })] });
    askForPlan(change, createId);
    askForPlan(change, createId);
    expect(change.commands.map(({ id }) => id)).toEqual([`${createId}/plan/1`, `${createId}/plan/2`]);
    expect(told(change)).toEqual(['operation planning', 'operation plan-asked-again']);
  });

  it('signs a plan within the thresholds by itself, and corrects what is held', () => {
    const change = aChange({ operations: [planning] });
    planAccepted(change, createId, aPlan({ diskGib: 25 }), yes);
    expect(change.operation(createId)).toMatchObject({ nextAt: change.now });
    expect(change.operation(createId).doc).toMatchObject({ state: 'queued', plan: { amounts: { diskGib: 25 } } });
    expect(change.ledger).toEqual({ kind: 'correct', amounts: { vcpus: 2, memoryMib: 2048, diskGib: 25, vms: 1 } });
    expect(change.vm.plan).toEqual(aPlan({ diskGib: 25 }));
  });

  it('puts any other before the approvers', () => {
    const change = aChange({ operations: [planning] });
    planAccepted(change, createId, aPlan(), { quotaError: null, reasonsToAsk: ['too big', 'too dear'], price: null });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'pending_approval',
      waitingFor: { kind: 'approval' },
    });
    expect(change.changedApprovals).toMatchObject([{ state: 'pending', reason: 'too big; too dear', seq: 1 }]);
    expect(change.changedApprovals[0]?.plan).toEqual(change.operation(createId).doc.plan);
  });

  it('refuses what the site cannot do, with every finding of weight', () => {
    const change = aChange({ operations: [planning] });
    const diagnostics = [
      { severity: 'warning', pointer: '/disks', message: 'thin' },
      { severity: 'error', pointer: '/image', message: 'no template' },
      { severity: 'error', pointer: '/networks/0', message: 'no network' },
    ] as const;
    planAccepted(change, createId, aPlan({ diagnostics: [...diagnostics] }), yes);
    expect(change.operation(createId).doc).toMatchObject({
      state: 'rejected',
      error: {
        code: 'PLAN_REFUSED',
        message: 'Unable to make the VM on its site: no template (and 1 more)',
        details: [
          { pointer: '/image', message: 'no template' },
          { pointer: '/networks/0', message: 'no network' },
        ],
      },
    });
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('refuses what does not fit into the quota after all', () => {
    const change = aChange({ operations: [planning] });
    const quotaError = { code: 'QUOTA_EXCEEDED', message: 'full' } as const;
    planAccepted(change, createId, aPlan(), { quotaError, reasonsToAsk: ['x'], price: null });
    expect(change.operation(createId).doc).toMatchObject({ state: 'rejected', error: quotaError });
    expect(change.changedApprovals).toEqual([]);
  });

  it('takes the first answer only', () => {
    const change = aChange({ operations: [anOperation()] });
    planAccepted(change, createId, aPlan(), yes);
    planFailed(change, createId, anError('INVALID_SPEC'));
    expect(told(change)).toEqual([]);
  });

  it.each([
    ['INVALID_SPEC', 'rejected', 'PLAN_REFUSED'],
    ['IMAGE_NOT_FOUND', 'rejected', 'PLAN_REFUSED'],
    ['UNSUPPORTED', 'rejected', 'PLAN_REFUSED'],
    ['MISSING_PRIVILEGE', 'failed', 'HYPERVISOR_REFUSED'],
  ] as const)('that ends with %s leaves the operation %s', (reason, state, code) => {
    const change = aChange({ operations: [planning] });
    planFailed(change, createId, anError(reason));
    expect(change.operation(createId).doc).toMatchObject({ state, error: { code } });
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('is tried again while that helps, however often it failed', () => {
    const change = aChange({ operations: [anOperation({ state: 'planning' }, { sends: 40 })] });
    planFailed(change, createId, anError('PLATFORM_ERROR'));
    expect(change.operation(createId).doc).toMatchObject({
      state: 'planning',
      waitingFor: { until: inMs(60_000).toISOString() },
    });
  });

  it('pauses a site that does not answer, and asks again when the pause is over', () => {
    const change = aChange({ operations: [planning] });
    planFailed(change, createId, anError('SITE_UNREACHABLE'));
    expect(change.gate).toMatchObject({ kind: 'pause', forMs: 5_000 });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'planning',
      waitingFor: { until: inMs(5_000).toISOString() },
    });
  });

  it('opens the gate of a paused site that answered', () => {
    const change = aChange({ site: aSite({ pausedUntil: inMs(-1), pauses: 1 }), operations: [planning] });
    planAccepted(change, createId, aPlan(), yes);
    expect(change.gate).toEqual({ kind: 'resume' });
  });

  it('does not reserve less than was asked for when the plan shows less', () => {
    const change = aChange({ vm: aVm(), operations: [planning] });
    planAccepted(change, createId, aPlan({ diskGib: 3 }), yes);
    expect(change.ledger).toBeNull();
  });
});

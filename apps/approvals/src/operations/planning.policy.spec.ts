import type { Operation, Plan, PolicyVerdict } from '@dcm/contracts';
import {
  aChange,
  anApproval,
  anError,
  anOperation,
  aPlan,
  aSite,
  aVm,
  createId,
  inMs,
  told,
} from '../../test/scene.builder';
import { dispatch } from '../dispatch/dispatch.policy';
import { defaultLevel } from '../policies/rules.policy';
import type { Change } from './change';
import { askedAmounts, summaryOf } from './plan.mapper';
import { askForPlan, isPlanOld, planAccepted, planFailed } from './planning.policy';
import { Admission } from '../policies/admission.policy';

const planning = anOperation({ state: 'planning' }, { sends: 1, nextAt: null });
const yes = { quotaError: null, policy: { kind: 'approve', rule: null }, price: null, quota: [] } as const;
const big: PolicyVerdict = { kind: 'ask', rule: null, reasons: ['big'], levels: [defaultLevel(null)] };
const no: PolicyVerdict = { kind: 'reject', rule: 'night', reason: 'come back tomorrow' };
const terms = { price: null, quota: [], approval: null };

const nothingLocked = new Admission([]);

describe('planning', () => {
  it('asks the site, and again when nothing comes', () => {
    const change = aChange({ operations: [anOperation({ state: 'accepted' }, { sends: 0 })] });
    askForPlan(change, createId);
    askForPlan(change, createId);
    expect(change.commands.map(({ id }) => id)).toEqual([`${createId}/plan/2`, `${createId}/plan/3`]);
    expect(told(change)).toEqual(['operation planning', 'operation plan-asked-again']);
  });

  it('signs a plan within the thresholds by itself, and corrects what is held', () => {
    const change = aChange({ operations: [planning] });
    planAccepted(change, createId, aPlan({ diskGib: 25 }), yes);
    expect(change.operation(createId)).toMatchObject({ nextAt: change.now });
    expect(change.operation(createId).doc).toMatchObject({ state: 'queued', plan: { amounts: { diskGib: 25 } } });
    expect(change.ledger).toEqual({ kind: 'plan', amounts: { ...askedAmounts(aVm().doc), diskGib: 25 } });
    expect(change.vm.plan).toEqual(aPlan({ diskGib: 25 }));
  });

  it('puts any other before the approvers', () => {
    const change = aChange({ operations: [planning] });
    planAccepted(change, createId, aPlan(), {
      quotaError: null,
      policy: { kind: 'ask', rule: null, reasons: ['too big', 'too dear'], levels: [defaultLevel(null)] },
      price: null,
      quota: [],
    });
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

  it('refuses what a rule rejects, with its name and reason', () => {
    const change = aChange({ operations: [planning] });
    planAccepted(change, createId, aPlan(), { ...yes, policy: no });
    const error = { code: 'POLICY_REJECTED', message: 'The request was rejected by rule night: come back tomorrow' };
    expect(change.operation(createId).doc).toMatchObject({ state: 'rejected', error });
    expect(change.ledger).toEqual({ kind: 'release' });
  });

  it('refuses what does not fit into the quota after all', () => {
    const change = aChange({ operations: [planning] });
    const quotaError = { code: 'QUOTA_EXCEEDED', message: 'full' } as const;
    planAccepted(change, createId, aPlan(), { ...yes, quotaError });
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

  describe('of a create whose plan is old', () => {
    const late = inMs(-900_000);
    const stale = aVm({}, { plannedAt: late });
    const signedBy = (image: Plan['image']): Operation['plan'] => summaryOf(stale, aPlan({ image }), terms);
    const asked = signedBy(aPlan().image);
    const replanning = (): Change => {
      const queued = anOperation({ plan: asked }, { nextAt: inMs(-5_000) });
      const approval = anApproval({ state: 'approved', plan: asked! });
      const operation = { ...queued, doc: { ...queued.doc, approvalId: approval.id } };
      const change = aChange({ vm: stale, operations: [operation], approvals: [approval] });
      dispatch(change, createId, nothingLocked);
      return change;
    };

    it('asks the site once more before anything is made', () => {
      const change = replanning();
      expect(change.commands.map(({ type }) => type)).toEqual(['io.dcm.command.plan.v1']);
      expect(change.operation(createId).doc).toMatchObject({ state: 'planning', attempt: 0 });
    });

    it('goes on where it was when nothing changed', () => {
      const change = replanning();
      planAccepted(change, createId, aPlan({ hints: { host: 'another' } }), { ...yes, policy: big });
      expect(change.operation(createId)).toMatchObject({ nextAt: inMs(-5_000), doc: { state: 'queued', plan: asked } });
      expect(change.changedApprovals).toEqual([]);
      dispatch(change, createId, nothingLocked);
      expect(change.operation(createId).doc).toMatchObject({ state: 'running', attempt: 1 });
    });

    it('is not looked at by the rules again when nothing changed', () => {
      const change = replanning();
      planAccepted(change, createId, aPlan(), { ...yes, policy: no });
      expect(change.operation(createId).doc).toMatchObject({ state: 'queued' });
    });

    const newImage = { name: 'debian-12', nativeId: 'vm-7', version: '2' };
    it('closes what was approved, and asks about the new plan', () => {
      const change = replanning();
      planAccepted(change, createId, aPlan({ image: newImage }), { ...yes, policy: big });
      const [old, fresh] = change.changedApprovals;
      expect(old).toMatchObject({ state: 'superseded', error: { code: 'PLAN_CHANGED' } });
      expect(old?.error?.message).toContain('version 1) → debian-12 (vm-7, version 2)');
      expect(fresh).toMatchObject({ state: 'pending', supersedes: { planHash: asked?.hash } });
      expect(fresh?.id).not.toBe(old?.id);
      expect(change.operation(createId).doc).toMatchObject({ state: 'pending_approval', approvalId: fresh?.id });
    });

    it('signs the new plan by policy where nobody has to be asked', () => {
      const change = replanning();
      planAccepted(change, createId, aPlan({ image: newImage }), yes);
      const { doc } = change.operation(createId);
      expect(doc).toMatchObject({ state: 'queued', approvalId: null, plan: { image: newImage } });
      expect(told(change).at(-1)).toBe('operation plan-changed');
    });

    it('refuses it where it cannot be any more', () => {
      const change = replanning();
      const diagnostics = [{ severity: 'error', pointer: '/image', message: 'gone' }] as const;
      planAccepted(change, createId, aPlan({ diagnostics: [...diagnostics] }), yes);
      expect(change.operation(createId).doc).toMatchObject({ state: 'rejected', error: { code: 'PLAN_REFUSED' } });
    });

    it('does not ask for what an attempt may have begun, for what is fresh, nor for any other kind of work', () => {
      const operations = [anOperation({}, { isTouched: true })];
      expect(isPlanOld(aChange({ vm: stale, operations }), createId)).toBe(false);
      const fresh = aVm({}, { plannedAt: inMs(-899_999) });
      expect(isPlanOld(aChange({ vm: fresh }), createId)).toBe(false);
      expect(isPlanOld(aChange({ vm: stale, operations: [anOperation({ kind: 'vm.delete' })] }), createId)).toBe(false);
      expect(isPlanOld(aChange({ vm: stale }), createId)).toBe(true);
    });
  });

  it('does not reserve less than was asked for when the plan shows less', () => {
    const change = aChange({ vm: aVm(), operations: [planning] });
    planAccepted(change, createId, aPlan({ diskGib: 3 }), yes);
    expect(change.ledger).toBeNull();
  });
});

import type { Fact, Vm, VmStatus } from '@dcm/contracts';
import { aChange, anError, anOperation, aStatus, aVm, inMs, now, timing, told, vmId } from '../../test/scene.builder';
import type { Change } from './change';
import { firstRefresh, lookSoon, observed, refreshDelaysMs, sendDueLooks } from './look.policy';
import { newLook, type Look, type VmRecord } from './vm.entity';

const due = newLook(now);
const settling = (fields: Partial<VmRecord> = {}, lifecycle: 'failed' | 'active' = 'failed'): VmRecord =>
  aVm(
    { lifecycle },
    { isSettled: false, holdsName: lifecycle === 'active', looks: { settle: { ...due, requestId: 'r1' } }, ...fields },
  );

const answer = (
  statuses: VmStatus[],
  requestId = 'r1',
  error: Fact<'io.dcm.fact.observed.v1'>['error'] = null,
): Fact<'io.dcm.fact.observed.v1'> => ({
  site: 'pve-lab' as never,
  platform: 'proxmox' as never,
  worker: 'w',
  requestId,
  instanceId: vmId,
  statuses,
  error,
});
const address = {
  address: '10.0.0.9',
  mac: null,
  network: null,
  source: 'dhcp',
  primary: true,
  seenAt: now.toISOString(),
} as const;

describe('looks that are due', () => {
  it('are asked for, and are due again in case nobody answers', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'failed' }, { looks: { settle: due } }), operations: [] });
    sendDueLooks(change);
    expect(change.commands).toMatchObject([
      { type: 'io.dcm.command.status.v1', data: { requestId: `${vmId}/settle/1.0` } },
    ]);
    expect(change.vm.looks.settle).toEqual({
      dueAt: inMs(timing.planTimeoutMs),
      since: now,
      tries: 1,
      requestId: `${vmId}/settle/1.0`,
    });
    expect(told(change)).toEqual([]);
  });

  it('are not asked for before their time', () => {
    const change = aChange({ vm: aVm({}, { looks: { settle: { ...due, dueAt: inMs(1) } } }), operations: [] });
    sendDueLooks(change);
    expect(change.commands).toEqual([]);
  });

  it('for addresses are five, further and further apart, and then no more', () => {
    const waits: number[] = [];
    let time = now;
    let look: Look | undefined = firstRefresh(now);
    while (look !== undefined) {
      waits.push(look.dueAt.getTime() - time.getTime());
      time = look.dueAt;
      const vm = aVm({ lifecycle: 'active' }, { looks: { refresh: look } });
      const change = aChange({ now: time, vm, operations: [] });
      sendDueLooks(change);
      look = change.vm.looks.refresh;
    }
    expect(waits).toEqual(refreshDelaysMs);
  });
});

describe('an answer to whether a VM exists', () => {
  it('"seen" has it deleted and its quota taken', () => {
    const change = aChange({ vm: settling(), operations: [], amounts: null });
    observed(change, answer([aStatus({ complete: false })]));
    expect(change.open).toMatchObject([{ doc: { kind: 'vm.delete', requester: 'system' } }]);
    expect(change.ledger).toMatchObject({ kind: 'rehold' });
    expect(change.vm).toMatchObject({ isSettled: true, nativeIds: ['107'] });
  });

  it('"not seen" once is no proof: it is looked at again after the window of late effects', () => {
    const change = aChange({ vm: settling(), operations: [] });
    observed(change, answer([]));
    expect(change.ledger).toBeNull();
    expect(change.vm).toMatchObject({ absentAt: now, isSettled: false });
    expect(change.vm.looks.settle).toEqual({ ...newLook(inMs(timing.lateEffectWindowMs)), since: now });
  });

  it('"not seen" again too soon is none either', () => {
    const change = aChange({ vm: settling({ absentAt: inMs(-timing.lateEffectWindowMs + 5) }), operations: [] });
    observed(change, answer([]));
    expect(change.ledger).toBeNull();
    expect(change.vm.looks.settle?.dueAt).toEqual(inMs(5));
  });

  it('"not seen" twice, far enough apart, gives the quota back', () => {
    const change = aChange({ vm: settling({ absentAt: inMs(-timing.lateEffectWindowMs) }), operations: [] });
    observed(change, answer([]));
    expect(change.ledger).toEqual({ kind: 'release' });
    expect(change.vm).toMatchObject({ isSettled: true, looks: {} });
    expect(change.vm.doc).toMatchObject({ lifecycle: 'failed', presence: 'missing' });
  });

  it.each([
    ['an error', answer([], 'r1', anError('SITE_UNREACHABLE'))],
    ['the answer to another question', answer([], 'r0')],
  ])('is not %s', (_what, fact) => {
    const change = aChange({ vm: settling({ absentAt: inMs(-timing.lateEffectWindowMs) }), operations: [] });
    observed(change, fact);
    expect(change.ledger).toBeNull();
    expect(told(change)).toEqual([]);
  });

  it('does not interfere with an operation that is at work', () => {
    const change = aChange({ vm: settling(), operations: [anOperation({ kind: 'vm.delete' })] });
    observed(change, answer([aStatus()]));
    expect(told(change)).toEqual([]);
  });

  it('shows that a VM is still there whose delete ended unknown, and looks again until that can have no late effect', () => {
    const early = aChange({ vm: settling({}, 'active'), operations: [] });
    observed(early, answer([aStatus()]));
    expect(told(early)).toEqual(['vm seen']);
    expect(early.vm.looks.settle?.dueAt).toEqual(inMs(timing.lateEffectWindowMs));
    const settle = { ...newLook(now), since: inMs(-timing.lateEffectWindowMs), requestId: 'r1' };
    const late = aChange({ vm: settling({ looks: { settle } }, 'active'), operations: [] });
    observed(late, answer([aStatus()]));
    expect(late.vm.doc).toMatchObject({ lifecycle: 'active', presence: 'present' });
    expect(late.vm.looks).toEqual({});
  });

  it('proves that a VM is missing whose size is in doubt, and never forgets it', () => {
    const { vm } = aChange({ vm: settling({ absentAt: inMs(-timing.lateEffectWindowMs) }, 'active'), operations: [] });
    const doubtful = aChange({ vm: { ...vm, doubt: {} }, operations: [] });
    observed(doubtful, answer([]));
    expect(told(doubtful)).toEqual(['vm missing']);
    expect(doubtful.vm.doc).toMatchObject({ lifecycle: 'active', presence: 'missing' });
    expect([doubtful.ledger, doubtful.vm.doubt, doubtful.vm.holdsName, doubtful.vm.looks]).toEqual([
      null,
      {},
      true,
      {},
    ]);
  });

  it('proves that a VM is gone whose delete ended unknown', () => {
    const change = aChange({ vm: settling({ absentAt: inMs(-timing.lateEffectWindowMs) }, 'active'), operations: [] });
    observed(change, answer([]));
    expect(told(change)).toEqual(['vm deleting', 'vm deleted']);
    expect(change.ledger).toEqual({ kind: 'release' });
  });
});

describe('an answer to how a VM is', () => {
  const active = aVm(
    { lifecycle: 'active', power: 'on' },
    { looks: { refresh: { ...due, tries: 1, requestId: 'any' } } },
  );

  it('is told, and ends the looking once there is an address', () => {
    const change = aChange({ vm: active, operations: [] });
    observed(change, answer([aStatus({ addresses: [address] })], 'any'));
    expect(change.vm.doc.addresses).toEqual([address]);
    expect(change.vm.looks).toEqual({});
    expect(told(change)).toEqual(['vm observed']);
  });

  it('ends the looking when the VM is off', () => {
    const change = aChange({ vm: active, operations: [] });
    observed(change, answer([aStatus({ power: 'off' })], 'any'));
    expect(change.vm.looks).toEqual({});
  });

  it('leaves a look that was planned since it was asked for: what was told meanwhile may be newer', () => {
    const noticed = aChange({ vm: active, operations: [] });
    lookSoon(noticed, inMs(5_000));
    const { refresh } = noticed.vm.looks;
    const change = aChange({ vm: noticed.vm, operations: [] });
    observed(change, answer([aStatus({ power: 'off' })], 'any'));
    expect(told(change)).toEqual(['vm observed']);
    expect(change.vm.looks).toEqual({ refresh });
  });

  it('is not told when it says nothing new', () => {
    const change = aChange({ vm: active, operations: [] });
    observed(change, answer([aStatus()], 'any'));
    const again = aChange({ vm: change.vm, operations: [] });
    observed(again, answer([aStatus({ observedAt: inMs(9_000).toISOString() })], 'any'));
    expect(told(again)).toEqual([]);
  });

  it('is not told when it shows the same addresses again, only later', () => {
    const change = aChange({ vm: active, operations: [] });
    observed(change, answer([aStatus({ addresses: [address] })], 'any'));
    const again = aChange({ vm: change.vm, operations: [] });
    observed(again, answer([aStatus({ addresses: [{ ...address, seenAt: inMs(9_000).toISOString() }] })], 'any'));
    expect(told(again)).toEqual([]);
  });

  it('is not told while an operation is at work: it may be older than its effect', () => {
    const change = aChange({ vm: active, operations: [anOperation({ kind: 'vm.power' })] });
    observed(change, answer([aStatus({ power: 'off' })], 'any'));
    expect([told(change), change.changedVm]).toEqual([[], null]);
  });

  it('does not bring back a VM that is no longer active', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'deleted' }), operations: [] });
    observed(change, answer([aStatus()], 'any'));
    expect(told(change)).toEqual([]);
  });
});

describe('an answer to whether a VM is there that scans did not show', () => {
  const asked = (scan: 'unseen' | 'unmarked', doc: Partial<Vm> = {}): VmRecord =>
    aVm(
      { lifecycle: 'active', power: 'on', presence: 'present', ...doc },
      { looks: { presence: { ...due, tries: 1, requestId: 'r1', scan } } },
    );
  const inSyncOf = ({ vm }: Change): unknown => vm.doc.conditions.find(({ type }) => type === 'InSync');

  it('"nothing there" is the proof that it is missing; it keeps its quota and its name', () => {
    const change = aChange({ vm: asked('unseen'), operations: [] });
    observed(change, answer([]));
    expect(told(change)).toEqual(['vm missing']);
    expect(change.vm.doc).toMatchObject({ lifecycle: 'active', presence: 'missing', power: 'unknown' });
    expect(inSyncOf(change)).toMatchObject({ status: 'false', reason: 'Missing' });
    expect([change.ledger, change.vm.holdsName, change.vm.looks]).toEqual([null, true, {}]);
  });

  it('"nothing bears its mark" shows that the mark was taken away from a VM that is there', () => {
    const change = aChange({ vm: asked('unmarked'), operations: [] });
    observed(change, answer([]));
    expect([told(change), change.vm.doc.presence]).toEqual([['vm unmarked'], 'present']);
    expect(inSyncOf(change)).toMatchObject({ status: 'false', reason: 'MarkRemoved' });
    const again = aChange({ vm: { ...change.vm, looks: asked('unmarked').looks }, operations: [] });
    observed(again, answer([]));
    expect(told(again)).toEqual([]);
  });

  it('"there it is" is what it is', () => {
    const change = aChange({ vm: asked('unseen', { presence: 'missing' }), operations: [] });
    observed(change, answer([aStatus()]));
    expect([told(change), change.vm.doc.presence, change.vm.looks.presence]).toEqual([
      ['vm observed'],
      'present',
      undefined,
    ]);
  });

  it.each([
    ['of somebody who could not look', answer([], 'r1', anError('MISSING_PRIVILEGE')), []],
    ['to an older question', answer([], 'r0'), []],
    ['while an operation is at work', answer([]), [anOperation({ kind: 'vm.power' })]],
  ])('proves nothing: one %s', (_what, fact, operations) => {
    const change = aChange({ vm: asked('unseen'), operations });
    observed(change, fact);
    expect(told(change)).toEqual([]);
  });

  it('is asked for once, and not waited for without an end', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'active' }, { looks: { presence: due } }), operations: [] });
    sendDueLooks(change);
    const { presence } = change.vm.looks;
    expect(change.commands.map(({ id }) => id)).toEqual([`${vmId}/presence/${now.getTime()}`]);
    expect(presence).toMatchObject({ tries: 1, dueAt: inMs(timing.planTimeoutMs) });
    const later = aChange({ now: inMs(timing.planTimeoutMs), vm: change.vm, operations: [] });
    sendDueLooks(later);
    expect([later.commands, later.vm.looks]).toEqual([[], {}]);
  });
});

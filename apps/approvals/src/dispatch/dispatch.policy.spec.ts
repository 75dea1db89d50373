import { aChange, anOperation, aRunning, aVm, createId, inMs, told } from '../../test/scene.builder';
import { dispatch, sendAgain, waitForCap, waitForPlace, waitForSite } from './dispatch.policy';
import { Admission } from '../policies/admission.policy';

const nothingLocked = new Admission([]);

describe('dispatch policy', () => {
  it('hands out the next attempt with its message', () => {
    const change = aChange({ operations: [anOperation({ attempt: 1 }, { quietAt: inMs(-1), resume: 'task-1' })] });
    dispatch(change, createId, nothingLocked);
    expect(change.operation(createId)).toMatchObject({
      worker: null,
      leaseUntil: null,
      nextAt: null,
      quietAt: null,
      sends: 1,
    });
    expect(change.operation(createId).doc).toMatchObject({
      state: 'running',
      attempt: 2,
      waitingFor: { kind: 'worker', until: inMs(60_000).toISOString(), then: 'it is sent again' },
    });
    expect(change.commands).toMatchObject([
      {
        id: `${createId}/2`,
        type: 'io.dcm.command.provision.v1',
        routingKey: 'proxmox.pve-lab',
        data: { attempt: 2, resume: 'task-1' },
      },
    ]);
    expect(told(change)).toEqual(['operation dispatched', 'vm provisioning']);
  });

  it('moves the VM of a delete to deleting, and leaves that of a power action as it is', () => {
    const deletion = aChange({ vm: aVm({ lifecycle: 'active' }), operations: [anOperation({ kind: 'vm.delete' })] });
    dispatch(deletion, createId, nothingLocked);
    expect(deletion.vm.doc.lifecycle).toBe('deleting');
    const power = aChange({
      vm: aVm({ lifecycle: 'active' }),
      operations: [anOperation({ kind: 'vm.power' }, { power: { action: 'ON' } })],
    });
    dispatch(power, createId, nothingLocked);
    expect(told(power)).toEqual(['operation dispatched']);
  });

  it('sends the same message again ever more seldom, at most every ten minutes', () => {
    const waits = [1, 2, 3, 4, 9].map((sends) => {
      const change = aChange({ operations: [aRunning({}, { worker: null, leaseUntil: null, sends })] });
      sendAgain(change, createId);
      expect(change.commands.map(({ id }) => id)).toEqual([`${createId}/1`]);
      return change.operation(createId).doc.waitingFor?.until;
    });
    expect(waits).toEqual([120_000, 240_000, 480_000, 600_000, 600_000].map((ms) => inMs(ms).toISOString()));
  });

  it('never waits for a claim beyond the deadline', () => {
    const change = aChange({ operations: [anOperation({ deadlineAt: inMs(5).toISOString() })] });
    dispatch(change, createId, nothingLocked);
    expect(change.operation(createId).doc.waitingFor?.until).toBe(inMs(5).toISOString());
  });

  it('shows whether an operation waits for its site or for a place on it', () => {
    const change = aChange();
    const closed = { isOpen: false, isCircuit: false } as const;
    waitForSite(change, createId, { ...closed, reason: 'is being drained', until: null });
    expect(change.operation(createId).doc.waitingFor).toMatchObject({
      kind: 'site',
      detail: 'site pve-lab is being drained',
      then: 'it expires',
    });
    waitForSite(change, createId, { ...closed, reason: 'does not answer', until: inMs(5_000) });
    expect(change.operation(createId).doc.waitingFor).toMatchObject({
      until: inMs(5_000).toISOString(),
      then: 'it is tried again',
    });
    waitForPlace(change, createId);
    expect(change.operation(createId).doc.waitingFor).toMatchObject({ kind: 'capacity' });
    waitForCap(change, createId);
    expect(change.operation(createId).doc.waitingFor).toMatchObject({ kind: 'cap', then: 'it expires' });
    waitForSite(change, createId, { ...closed, isCircuit: true, reason: 'a wrong password', until: inMs(5_000) });
    expect(change.operation(createId).doc.waitingFor).toMatchObject({
      kind: 'circuit',
      detail: expect.stringContaining('a wrong password') as string,
      until: inMs(5_000).toISOString(),
      then: 'the login is tried again',
    });
  });
});

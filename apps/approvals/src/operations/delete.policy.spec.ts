import { aChange, anOperation, aRunning, aVm, createId, idOf, told } from '../../test/scene.builder';
import { releaseDelete } from './delete.policy';
import { end } from './ending.policy';

const id = idOf('put');
const put = anOperation({ id, kind: 'vm.delete', state: 'pending_approval', requester: 'dave' }, { holdsVm: false });
const another = aRunning({ kind: 'vm.delete' });

describe('a delete that was put before people', () => {
  it('takes the VM once it is approved, and begins', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'active' }), operations: [put] });
    releaseDelete(change, id, 'amy');
    expect(change.operation(id)).toMatchObject({ doc: { state: 'queued' }, holdsVm: true, nextAt: change.now });
    expect(change.vm.doc).toMatchObject({ lifecycle: 'active', operationId: id });
  });

  it('waits for what is at work and is told to stop', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'active' }), operations: [aRunning({ kind: 'vm.power' }), put] });
    releaseDelete(change, id, 'amy');
    expect(change.operation(createId)).toMatchObject({ holdsVm: false, stop: { state: 'cancelled' } });
    expect(change.operation(id)).toMatchObject({
      holdsVm: true,
      nextAt: null,
      doc: { waitingFor: { kind: 'operation' } },
    });
  });

  it('is done at once when nothing of the VM is left', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'deleted' }), operations: [put] });
    releaseDelete(change, id, 'amy');
    expect(told(change)).toEqual(['operation approved', 'operation succeeded']);
  });

  it('fails beside another delete, which it leaves alone', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'deleting' }), operations: [another, put] });
    releaseDelete(change, id, 'amy');
    expect(change.operation(id).doc).toMatchObject({ state: 'failed', error: { code: 'OPERATION_IN_PROGRESS' } });
    expect(told(change)).toEqual(['operation failed']);
  });

  it('changes nothing of the VM when it is rejected beside another delete', () => {
    const change = aChange({ vm: aVm({ lifecycle: 'deleting' }), operations: [another, put] });
    end(change, id, { state: 'rejected', error: { code: 'APPROVAL_REJECTED', message: 'no' } });
    expect(told(change)).toEqual(['operation rejected']);
    expect(change.vm.doc.lifecycle).toBe('deleting');
  });
});

import { reference } from './managed.object';
import {
  faultFrom,
  faultFromSoap,
  isGone,
  isSessionLoss,
  VimFault,
  VimRequestError,
  VimTransportError,
} from './vim.errors';

const VM = reference('VirtualMachine', 'vm-1');

describe('a fault', () => {
  it('reads a task’s error', () => {
    const fault = faultFrom(
      { fault: { $type: 'NoDiskSpace', file: 'a.vmdk', datastore: 'ds1' }, localizedMessage: 'Full.' },
      'CloneVM_Task',
    );
    expect(fault).toMatchObject({ fault: 'NoDiskSpace', operation: 'CloneVM_Task', explanation: 'Full.' });
    expect(fault.detail).toMatchObject({ datastore: 'ds1' });
    expect(fault.message).toBe('Unable to run CloneVM_Task: NoDiskSpace: Full.');
  });

  it('has a name even when the server says nothing', () => {
    expect(faultFrom(undefined, 'CloneVM_Task')).toMatchObject({ fault: 'MethodFault', explanation: '' });
    expect(faultFromSoap({ faultstring: 'no' }, 'Login')).toMatchObject({ fault: 'MethodFault', explanation: 'no' });
    expect(faultFromSoap(undefined, 'Login')).toBeUndefined();
  });

  it('belongs to its families, and an unlisted one to itself only', () => {
    const noMemory = new VimFault('InsufficientHostMemoryCapacityFault', 'PowerOnVM_Task', '');
    expect(noMemory.isA('InsufficientResourcesFault')).toBe(true);
    expect(noMemory.isA('CustomizationFault')).toBe(false);
    const unlisted = new VimFault('NewInVersion9', 'PowerOnVM_Task', '');
    expect(unlisted.isA('NewInVersion9')).toBe(true);
    expect(unlisted.isA('VimFault')).toBe(false);
  });

  it('tells the end of the session and the loss of an object from other faults', () => {
    const gone = new VimFault('ManagedObjectNotFound', 'Destroy_Task', '', { obj: VM });
    expect(isGone(gone)).toBe(true);
    expect(isGone(gone, VM)).toBe(true);
    expect(isGone(gone, reference('VirtualMachine', 'vm-2'))).toBe(false);
    expect(isGone(new VimFault('InvalidState', 'Destroy_Task', ''), VM)).toBe(false);
    expect(isSessionLoss(new VimFault('NotAuthenticated', 'CurrentTime', ''))).toBe(true);
    expect(isSessionLoss(new VimFault('NoPermission', 'CurrentTime', ''))).toBe(false);
  });
});

describe('the wording', () => {
  it('of a transport error names operation, code and status', () => {
    const error = new VimTransportError('HTTP_STATUS', 'CloneVM_Task', { httpStatus: 503, requestSent: true });
    expect(error.message).toBe('Unable to run CloneVM_Task: HTTP_STATUS 503');
    expect(error).toMatchObject({ code: 'HTTP_STATUS', httpStatus: 503, requestSent: true });
  });

  it('of a request error names the path', () => {
    expect(new VimRequestError('Rename_Task.newName', 'it is missing').message).toBe(
      'Unable to use Rename_Task.newName: it is missing',
    );
  });
});

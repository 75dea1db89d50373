import { HypervisorError, OperationYielded, type Effect } from '@dcm/contracts';
import { reference } from './client/managed.object';
import { VimFault, VimRequestError, VimTransportError } from './client/vim.errors';
import { isProvenUndone, isUnanswered, Refused, toPortError } from './vsphere.errors';

const place = { action: 'create VM web-01', site: 'lab', effect: 'PARTIAL' as Effect };
function portError(error: unknown, changes = {}): HypervisorError {
  const made = toPortError(error, { ...place, ...changes });
  if (made instanceof HypervisorError) return made;
  throw made;
}
const fault = (name: string, detail = {}, explanation = ''): VimFault =>
  new VimFault(name, 'CloneVM_Task', explanation, detail);
const lost = (code: string, httpStatus?: number): VimTransportError =>
  new VimTransportError(code, 'CloneVM_Task', { requestSent: true, ...(httpStatus !== undefined && { httpStatus }) });

describe('errors of vSphere', () => {
  it.each([
    ['NotAuthenticated', 'SESSION_EXPIRED'],
    ['NoPermission', 'MISSING_PRIVILEGE'],
    ['RestrictedVersion', 'LICENSE_RESTRICTED'],
    ['InvalidLogin', 'INVALID_CREDENTIALS'],
    ['TaskInProgress', 'TASK_IN_PROGRESS'],
    ['ConcurrentAccess', 'CONCURRENT_CHANGE'],
    ['HostNotConnected', 'PLATFORM_ERROR'],
    ['HostCommunication', 'PLATFORM_ERROR'],
    ['RequestCanceled', 'PLATFORM_ERROR'],
    ['HostNotReachable', 'PLATFORM_ERROR'],
    ['InsufficientResourcesFault', 'INSUFFICIENT_CAPACITY'],
    ['InsufficientHostMemoryCapacityFault', 'INSUFFICIENT_CAPACITY'],
    ['NoCompatibleHost', 'INSUFFICIENT_CAPACITY'],
    ['NoDiskSpace', 'STORAGE_FULL'],
    ['InsufficientStorageSpace', 'STORAGE_FULL'],
    ['InvalidDatastore', 'STORAGE_NOT_FOUND'],
    ['InaccessibleDatastore', 'STORAGE_NOT_FOUND'],
    ['InvalidDatastorePath', 'STORAGE_NOT_FOUND'],
    ['DuplicateName', 'NAME_CONFLICT'],
    ['InvalidName', 'INVALID_SPEC'],
    ['InvalidArgument', 'INVALID_SPEC'],
    ['InvalidDeviceSpec', 'INVALID_SPEC'],
    ['CustomizationFault', 'INVALID_SPEC'],
    ['CustomizationPending', 'INVALID_SPEC'],
    ['NicSettingMismatch', 'INVALID_SPEC'],
    ['CpuHotPlugNotSupported', 'UNSUPPORTED'],
    ['MemoryHotPlugNotSupported', 'UNSUPPORTED'],
    ['NotSupported', 'UNSUPPORTED'],
    ['SnapshotFault', 'UNSUPPORTED'],
    ['TooManySnapshotLevels', 'UNSUPPORTED'],
    ['SnapshotIncompatibleDeviceInVm', 'UNSUPPORTED'],
    ['SnapshotLocked', 'CONCURRENT_CHANGE'],
    ['InvalidDeviceOperation', 'UNSUPPORTED'],
    ['ToolsUnavailable', 'GUEST_TOOLS_MISSING'],
    ['QuestionPending', 'QUESTION_PENDING'],
    ['InvalidPowerState', 'INVALID_POWER_STATE'],
    ['SystemError', 'PLATFORM_ERROR'],
    ['GenericVmConfigFault', 'PLATFORM_ERROR'],
    ['SomethingNew', 'PLATFORM_ERROR'],
  ])('%s means %s', (name, reason) => {
    expect(portError(fault(name))).toMatchObject({ reason, native: name, effect: 'PARTIAL' });
  });

  it.each([
    ['VirtualMachine', 'VM_NOT_FOUND'],
    ['Datastore', 'STORAGE_NOT_FOUND'],
    ['DistributedVirtualPortgroup', 'NETWORK_NOT_FOUND'],
    ['ResourcePool', 'PLACEMENT_NOT_FOUND'],
    ['VirtualMachineSnapshot', 'SNAPSHOT_NOT_FOUND'],
    ['Task', 'OUTCOME_UNKNOWN'],
  ])('a %s that is gone means %s', (type, reason) => {
    expect(portError(fault('ManagedObjectNotFound', { obj: reference(type, 'x-1') })).reason).toBe(reason);
  });

  it('tells action, site, cause and what the server names', () => {
    const denied = { object: reference('Folder', 'group-v3'), privilegeId: 'VirtualMachine.Inventory.Create' };
    expect(portError(fault('NoPermission', denied)).message).toBe(
      'Unable to create VM web-01 on site lab: the account lacks the privilege VirtualMachine.Inventory.Create on Folder group-v3',
    );
    expect(portError(fault('GenericVmConfigFault', { reason: 'disk is locked' }, 'Bad config')).message).toBe(
      'Unable to create VM web-01 on site lab: GenericVmConfigFault: Bad config (disk is locked)',
    );
  });

  it.each([
    [lost('ECONNRESET'), 'SITE_UNREACHABLE'],
    [lost('ENOTFOUND'), 'SITE_UNREACHABLE'],
    [lost('NOT_A_VCENTER'), 'SITE_UNREACHABLE'],
    [lost('HTTP_STATUS', 502), 'SITE_UNREACHABLE'],
    [lost('HTTP_STATUS', 503), 'SITE_OVERLOADED'],
    [lost('TIMEOUT'), 'CALL_TIMEOUT'],
    [lost('TLS_PIN_MISMATCH'), 'TLS_UNTRUSTED'],
    [lost('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS_UNTRUSTED'],
    [lost('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TLS_UNTRUSTED'],
    [lost('CERT_HAS_EXPIRED'), 'TLS_UNTRUSTED'],
    [lost('ABORTED'), 'CANCELLED'],
  ])('%s means %s', (error, reason) => {
    expect(portError(error)).toMatchObject({ reason, effect: 'PARTIAL' });
  });

  it('tells a withdrawal by the reason of the caller', () => {
    const withdrawn = AbortSignal.abort(new HypervisorError('CLAIM_LOST', 'taken over', { effect: 'UNKNOWN' }));
    expect(portError(lost('ABORTED'), { signal: withdrawn, effect: 'NONE' })).toMatchObject({
      reason: 'CLAIM_LOST',
      effect: 'NONE',
    });
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(portError(lost('ABORTED'), { signal: late }).reason).toBe('BUDGET_EXHAUSTED');
  });

  it('lets through what the port knows already', () => {
    const refusal = new HypervisorError('CLAIM_LOST', 'x', { effect: 'NONE' });
    expect(toPortError(refusal, place)).toBe(refusal);
    const yielded = new OperationYielded('token');
    expect(toPortError(yielded, place)).toBe(yielded);
  });

  it('takes a refusal of its own with the effect that it states, else with the one reached', () => {
    expect(portError(new Refused('NOT_OURS', 'no mark'))).toMatchObject({ reason: 'NOT_OURS', effect: 'PARTIAL' });
    expect(portError(new Refused('OUTCOME_UNKNOWN', 'x', 'UNKNOWN')).effect).toBe('UNKNOWN');
  });

  it('names the place of what cannot be sent, and never its value', () => {
    const { reason, message } = portError(new VimRequestError('CloneVM_Task.name', 'it holds characters'));
    expect({ reason, message }).toEqual({
      reason: 'INVALID_SPEC',
      message: 'Unable to create VM web-01 on site lab: Unable to use CloneVM_Task.name: it holds characters',
    });
  });

  it('takes a call for undone only when it or its task was refused, or it never left', () => {
    expect(isProvenUndone(fault('DuplicateName'), 'CloneVM_Task')).toBe(true);
    expect(isProvenUndone(new VimFault('ManagedObjectNotFound', 'RetrievePropertiesEx', ''), 'CloneVM_Task')).toBe(
      false,
    );
    expect(isProvenUndone(lost('ECONNRESET'), 'CloneVM_Task')).toBe(false);
    const unsent = new VimTransportError('ECONNREFUSED', 'CloneVM_Task', { requestSent: false });
    expect(isProvenUndone(unsent, 'CloneVM_Task')).toBe(true);
    expect(isProvenUndone(new Error('x'), 'CloneVM_Task')).toBe(false);
  });

  it('looks for the outcome only of what was sent, and not for one who withdrew', () => {
    expect(isUnanswered(lost('ECONNRESET'))).toBe(true);
    expect(isUnanswered(lost('ABORTED'))).toBe(false);
    expect(isUnanswered(fault('DuplicateName'))).toBe(false);
  });
});

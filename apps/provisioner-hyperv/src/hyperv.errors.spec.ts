import { HypervisorError, OperationYielded, type HypervisorReason } from '@dcm/contracts';
import { JobError, Refused, toPortError, WaitOver, type ErrorPlace } from './hyperv.errors';
import { BatchError, PowerShellError, type BatchFailure } from './powershell/powershell.errors';
import { WsmanError, type WsmanErrorCode } from './wsman';

const place: ErrorPlace = { action: 'create VM web', site: 'lab', effect: 'PARTIAL' };
const portError = (error: unknown, changes: Partial<ErrorPlace> = {}): HypervisorError => {
  const made = toPortError(error, { ...place, ...changes });
  if (!(made instanceof HypervisorError)) throw new Error('it is no error of the port');
  return made;
};
const failure = (changes: Partial<BatchFailure>): BatchError =>
  new BatchError({ step: 'vm', ran: [], code: null, refusal: null, text: 't', fullId: '', ...changes }, false);
const started = (cause: unknown): PowerShellError =>
  new PowerShellError('START_FAILED', 'no process', { mayHaveActed: false, cause });

describe('what VMM refuses', () => {
  it.each<[number, HypervisorReason]>([
    [801, 'VM_NOT_FOUND'],
    [809, 'INVALID_POWER_STATE'],
    [1602, 'SITE_UNREACHABLE'],
    [1604, 'MISSING_PRIVILEGE'],
    [1615, 'SESSION_EXPIRED'],
    [1700, 'INVALID_SPEC'],
    [1707, 'GUEST_TOOLS_MISSING'],
    [1730, 'INVALID_POWER_STATE'],
    [2606, 'TASK_IN_PROGRESS'],
    [2912, 'PLATFORM_ERROR'],
    [10626, 'STORAGE_FULL'],
    [10638, 'INSUFFICIENT_CAPACITY'],
    [12700, 'INSUFFICIENT_CAPACITY'],
    [25711, 'INSUFFICIENT_CAPACITY'],
    [4711, 'PLATFORM_ERROR'],
  ])('%i is %s, in a batch and in a job, whatever the text says', (code, reason) => {
    for (const error of [failure({ code, text: '(Fehler-ID: 1)' }), new JobError('j', code, 'Fehler')]) {
      expect(portError(error)).toMatchObject({ reason, effect: 'PARTIAL', native: `VMM ${code}` });
    }
  });

  it('is named in full where it has no number', () => {
    expect(portError(failure({ fullId: 'NamedParameterNotFound,Get-SCJob' }))).toMatchObject({
      reason: 'PLATFORM_ERROR',
      native: 'NamedParameterNotFound,Get-SCJob',
    });
  });

  it('says who holds the lock, and which folder is missing', () => {
    expect(portError(failure({ refusal: 'LOCK_TIMEOUT' })).reason).toBe('STILL_CREATING');
    expect(portError(failure({ refusal: 'FILE_REFUSED' })).reason).toBe('STORAGE_NOT_FOUND');
  });
});

describe('what keeps an answer from coming', () => {
  it.each<[WsmanErrorCode, HypervisorReason]>([
    ['TLS_REFUSED', 'TLS_UNTRUSTED'],
    ['CREDENTIALS_REFUSED', 'INVALID_CREDENTIALS'],
    ['AUTHENTICATION_UNAVAILABLE', 'INVALID_CREDENTIALS'],
    ['ACCESS_DENIED', 'MISSING_PRIVILEGE'],
    ['QUOTA', 'SITE_OVERLOADED'],
    ['UNREACHABLE', 'SITE_UNREACHABLE'],
    ['NO_ANSWER', 'SITE_UNREACHABLE'],
    ['BAD_ANSWER', 'SITE_UNREACHABLE'],
    ['DEADLINE', 'CALL_TIMEOUT'],
  ])('%s is %s', (code, reason) => {
    expect(portError(started(new WsmanError(code, 'm')))).toMatchObject({ reason, effect: 'PARTIAL' });
  });

  it.each([
    [503, 'SITE_OVERLOADED'],
    [429, 'SITE_OVERLOADED'],
    [404, 'SITE_UNREACHABLE'],
  ])('HTTP %i is %s', (httpStatus, reason) => {
    expect(portError(started(new WsmanError('HTTP_STATUS', 'm', { httpStatus }))).reason).toBe(reason);
  });

  it('is told by the cause at the bottom', () => {
    expect(portError(started(started(failure({ code: 1604 })))).reason).toBe('MISSING_PRIVILEGE');
    expect(portError(new PowerShellError('DEADLINE', 'late', { mayHaveActed: true })).reason).toBe('CALL_TIMEOUT');
    expect(portError(new WaitOver('late')).reason).toBe('CALL_TIMEOUT');
  });

  it('is the reason of whoever withdrew, or the time that is up', () => {
    const aborted = new PowerShellError('ABORTED', 'm', { mayHaveActed: false });
    const controller = new AbortController();
    controller.abort(new HypervisorError('CANCELLED', 'stopped', { effect: 'NONE' }));
    expect(portError(aborted, { signal: controller.signal })).toMatchObject({ reason: 'CANCELLED', effect: 'PARTIAL' });
    const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(portError(aborted, { signal: late }).reason).toBe('BUDGET_EXHAUSTED');
    expect(portError(aborted, { signal: AbortSignal.abort(new Error('x')) }).reason).toBe('CANCELLED');
  });
});

describe('other errors', () => {
  it('pass unchanged when they are the port’s', () => {
    const own = new HypervisorError('CLAIM_LOST', 'm', { effect: 'NONE' });
    const yielded = new OperationYielded('t');
    expect([toPortError(own, place), toPortError(yielded, place)]).toEqual([own, yielded]);
  });

  it('name action, site and cause', () => {
    const error = portError(new Refused('INVALID_SPEC', 'its disk never shrinks', 'NONE'));
    expect(error).toMatchObject({ reason: 'INVALID_SPEC', effect: 'NONE' });
    expect(error.message).toBe('Unable to create VM web on site lab: its disk never shrinks');
    expect(portError(new TypeError('x')).reason).toBe('PLATFORM_ERROR');
  });
});

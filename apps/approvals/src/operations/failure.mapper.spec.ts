import { hypervisorReasons, isErrorCode } from '@dcm/contracts';
import { anError } from '../../test/scene.builder';
import { failureOf } from './failure.mapper';

describe('failure mapper', () => {
  it.each(hypervisorReasons)('gives %s a code of ours and keeps the adapter’s sentence', (reason) => {
    const failure = failureOf(anError(reason));
    expect(isErrorCode(failure.code)).toBe(true);
    expect(failure.message).toBe(`it is ${reason}`);
  });

  it.each([
    ['STORAGE_FULL', 'HYPERVISOR_REFUSED'],
    ['PLATFORM_ERROR', 'HYPERVISOR_FAILED'],
    ['SITE_UNREACHABLE', 'SITE_UNAVAILABLE'],
    ['INVALID_CREDENTIALS', 'SITE_UNAVAILABLE'],
    ['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN'],
    ['CALL_TIMEOUT', 'DEADLINE_EXCEEDED'],
  ] as const)('calls %s %s', (reason, code) => {
    expect(failureOf(anError(reason)).code).toBe(code);
  });
});

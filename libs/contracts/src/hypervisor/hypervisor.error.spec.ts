import { HypervisorError, hypervisorErrorSchema, hypervisorReasons, reasonTable } from './hypervisor.error';

describe('HypervisorError', () => {
  it('takes code, retry and attempt from its reason', () => {
    const error = new HypervisorError('SITE_UNREACHABLE', 'Unable to reach site a', {
      effect: 'UNKNOWN',
      native: 'ECONNRESET',
    });
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      countsAsAttempt: false,
      pausesSite: true,
      native: 'ECONNRESET',
    });
  });

  it('crosses a process for every reason', () => {
    for (const reason of hypervisorReasons) {
      const body = new HypervisorError(reason, 'x', { effect: 'NONE', retryAfterMs: 5 }).toBody();
      expect(hypervisorErrorSchema.parse(JSON.parse(JSON.stringify(body)))).toEqual(body);
    }
  });

  it('pauses a site only for what a retry can outlast or an operator must mend', () => {
    const pausing = hypervisorReasons.filter((reason) => reasonTable[reason].pausesSite);
    expect(pausing).toEqual([
      'LICENSE_RESTRICTED',
      'INVALID_CREDENTIALS',
      'TLS_UNTRUSTED',
      'SITE_UNREACHABLE',
      'SITE_OVERLOADED',
    ]);
  });
});

import { DcmError, HypervisorError, OperationYielded } from '@dcm/contracts';
import { causeOf, isDefect, toFailure } from './failure.errors';

describe('what is told of an error', () => {
  it("is an adapter's own error as it stands", () => {
    const error = new HypervisorError('NAME_CONFLICT', 'the name is taken', {
      effect: 'NONE',
      native: 'DuplicateName',
    });
    expect(toFailure(error, 'UNKNOWN')).toEqual(error.toBody());
    expect(isDefect(error)).toBe(false);
  });

  it('is an invalid spec without effect when a secret does not open', () => {
    const error = new DcmError('INVALID_REQUEST', 'Unable to open a sealed guest secret');
    expect(toFailure(error, 'UNKNOWN')).toMatchObject({ reason: 'INVALID_SPEC', effect: 'NONE', retryable: false });
    expect(isDefect(error)).toBe(false);
  });

  it.each([new TypeError('password=hunter2 at /srv/secret'), 'hunter2', undefined])(
    'is nothing but that it happened for anything else (%#)',
    (error) => {
      const failure = toFailure(error, 'UNKNOWN');
      expect(failure).toMatchObject({ reason: 'PLATFORM_ERROR', effect: 'UNKNOWN' });
      expect(JSON.stringify(failure)).not.toMatch(/hunter2|secret|srv/);
      expect(isDefect(error)).toBe(true);
    },
  );

  describe('that a stopped call ended with', () => {
    const stop = new HypervisorError('BUDGET_EXHAUSTED', 'its time is used up', { effect: 'UNKNOWN' });
    const signal = AbortSignal.abort(stop);

    it('is why it was stopped, where the error says nothing', () => {
      expect(causeOf(new DOMException('aborted', 'AbortError'), signal)).toBe(stop);
    });

    it.each([
      ['NONE', 'UNKNOWN'],
      ['PARTIAL', 'PARTIAL'],
      ['UNKNOWN', 'UNKNOWN'],
    ] as const)(
      'is why it was stopped, where the adapter takes it for cancelled; after a change its effect %s is told as %s',
      (given, told) => {
        const error = new HypervisorError('CANCELLED', 'aborted', { effect: given });
        expect(causeOf(error, signal)).toMatchObject({ reason: 'BUDGET_EXHAUSTED', effect: told, retryable: true });
      },
    );

    it('has no effect when none was allowed and the adapter says so', () => {
      const early = AbortSignal.abort(new HypervisorError('CANCELLED', 'a person cancelled it', { effect: 'NONE' }));
      const error = new HypervisorError('CANCELLED', 'aborted', { effect: 'NONE' });
      expect(causeOf(error, early)).toMatchObject({ reason: 'CANCELLED', effect: 'NONE' });
    });

    it.each([new HypervisorError('STORAGE_FULL', 'full', { effect: 'PARTIAL' }), new OperationYielded('task-7')])(
      "is the adapter's own where it knows better (%#)",
      (error) => {
        expect(causeOf(error, signal)).toBe(error);
      },
    );

    it('is itself where nobody stopped it', () => {
      const error = new HypervisorError('CANCELLED', 'aborted', { effect: 'NONE' });
      expect(causeOf(error, new AbortController().signal)).toBe(error);
    });
  });
});

import { DcmError } from '../errors/dcm.error';
import { assertOperationTransition, isFinal, operationStates, operationTransitions } from './operation';
import { assertLifecycleTransition, lifecycles, lifecycleTransitions } from './vm';

describe('operation states', () => {
  it('reach an end from every state', () => {
    for (const state of operationStates) {
      const seen = new Set([state]);
      for (const one of seen) for (const next of operationTransitions[one]) seen.add(next);
      expect([state, [...seen].some(isFinal)]).toEqual([state, true]);
    }
  });

  it('are final exactly when nothing follows', () => {
    expect(operationStates.filter(isFinal)).toEqual(['succeeded', 'failed', 'rejected', 'cancelled', 'expired']);
  });

  it('refuse what the table does not know', () => {
    expect(() => {
      assertOperationTransition('succeeded', 'running');
    }).toThrow(DcmError);
    expect(() => {
      assertOperationTransition('accepted', 'running');
    }).toThrow(/from accepted to running/);
    expect(() => {
      assertOperationTransition('running', 'queued');
    }).not.toThrow();
  });
});

describe('VM lifecycles', () => {
  it('can always be led to deleted', () => {
    for (const state of lifecycles) {
      const seen = new Set([state]);
      for (const one of seen) for (const next of lifecycleTransitions[one]) seen.add(next);
      expect([state, seen.has('deleted')]).toEqual([state, true]);
    }
  });

  it('refuse what the table does not know and allow staying', () => {
    expect(() => {
      assertLifecycleTransition('deleted', 'active');
    }).toThrow(DcmError);
    expect(() => {
      assertLifecycleTransition('active', 'active');
    }).not.toThrow();
  });
});

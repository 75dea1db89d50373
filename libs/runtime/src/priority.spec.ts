import { DcmError } from '@dcm/contracts';
import { getPriority } from 'node:os';
import { createLog } from './log';
import { standBack } from './priority';

const log = createLog('spec', 'silent');

describe('the priority of a process', () => {
  const asked = (env: Record<string, string>): number[] => {
    const set: number[] = [];
    standBack(env, log, (nice) => set.push(nice));
    return set;
  };

  it('stays as it is unless it is told', () => {
    expect([asked({}), asked({ DCM_NICE: '0' }), asked({ DCM_NICE: '19' })]).toEqual([[], [], [19]]);
  });

  it('is never raised', () => {
    expect(asked({ DCM_NICE: String(Math.max(0, getPriority())) })).toEqual([]);
  });

  it.each(['-5', '20', '1.5', 'low'])('refuses %p', (given) => {
    expect(() => asked({ DCM_NICE: given })).toThrow(DcmError);
  });

  it('is no reason not to start when the system refuses it', () => {
    const refuse = (): never => {
      throw new Error('EACCES');
    };
    expect(() => {
      standBack({ DCM_NICE: '19' }, log, refuse);
    }).not.toThrow();
  });
});

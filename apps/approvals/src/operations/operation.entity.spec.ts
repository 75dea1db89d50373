import { anOperation, aRunning, aVm, inMs, timing } from '../../test/scene.builder';
import { wakeAtOf } from './operation.entity';
import { lookAtOf, newLook, type Look } from './vm.entity';
import { waitFor } from './waiting.mapper';

const stop = { state: 'cancelled', error: { code: 'CANCELLED', message: '' } } as const;
const site = 'pve-lab' as Parameters<typeof waitFor.plan>[0];

describe('when the sweeper looks at an operation again', () => {
  it('is when what it waits for did not come', () => {
    const planning = anOperation({ state: 'planning', waitingFor: waitFor.plan(site, inMs(60_000)) });
    expect(wakeAtOf(planning, timing)).toEqual(inMs(60_000));
  });

  it('is its deadline at the latest', () => {
    const late = { waitingFor: waitFor.retry('', inMs(9_000)), deadlineAt: inMs(5_000).toISOString() };
    expect(wakeAtOf(anOperation(late), timing)).toEqual(inMs(5_000));
    expect(wakeAtOf(anOperation({ waitingFor: null }), timing)).toEqual(inMs(3_600_000));
  });

  it('is when the lease of its worker runs out', () => {
    expect(wakeAtOf(aRunning(), timing)).toEqual(inMs(45_000));
    expect(wakeAtOf(aRunning({ deadlineAt: inMs(5).toISOString() }), timing)).toEqual(inMs(5));
  });

  it('is, once its worker was told to stop, when the last call of that worker must be over', () => {
    expect(wakeAtOf(aRunning({ deadlineAt: inMs(5).toISOString() }, { stop }), timing)).toEqual(inMs(105_000));
  });

  it.each(['succeeded', 'failed', 'rejected', 'cancelled', 'expired'] as const)('is never once it has %s', (state) => {
    expect(wakeAtOf(anOperation({ state }), timing)).toBeNull();
  });
});

describe('when a VM is looked at again', () => {
  const look = (ms: number): Look => newLook(inMs(ms));

  it('is at the first of its looks, or never', () => {
    expect(lookAtOf(aVm({}, { looks: { settle: look(9), refresh: look(3) } }))).toEqual(inMs(3));
    expect(lookAtOf(aVm({}, { looks: { settle: look(9) } }))).toEqual(inMs(9));
    expect(lookAtOf(aVm())).toBeNull();
  });
});

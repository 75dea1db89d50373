import { aStatus, aVmDoc, inMs } from '../../test/scene.builder';
import { nativeIdsWith, seenOf } from './vm-status.mapper';

const conditionOf = (seen: ReturnType<typeof seenOf>, type: string): unknown =>
  seen.conditions?.find((condition) => condition.type === type);

describe('what a status tells of a VM', () => {
  it('is where it is, what it does and what it is made of', () => {
    expect(seenOf(aVmDoc(), aStatus())).toMatchObject({
      power: 'on',
      presence: 'present',
      nativeState: 'running',
      nativeId: '107',
    });
  });

  it('does not change what was granted: a size changed by hand shows as not in sync', () => {
    const seen = seenOf(aVmDoc(), aStatus({ cpus: 16 }));
    expect(seen).not.toHaveProperty('cpus');
    expect(conditionOf(seen, 'InSync')).toMatchObject({ status: 'false', reason: 'CpusDiffer' });
    expect(conditionOf(seenOf(aVmDoc(), aStatus()), 'InSync')).toMatchObject({ status: 'true' });
    expect(conditionOf(seenOf(aVmDoc(), aStatus({ cpus: null })), 'InSync')).toMatchObject({ status: 'unknown' });
  });

  it.each([
    [{ memoryMib: 4096 }, 'MemoryDiffers'],
    [{ disks: [{ sizeGib: 20 }] }, 'DiskDiffers'],
    [{ disks: [{ sizeGib: 10 }, { sizeGib: 1 }] }, 'DiskDiffers'],
    [{ disks: [] }, 'DiskDiffers'],
    [{ disks: [{ sizeGib: 9.5 }] }, 'AsGranted'],
    [{ complete: false, cpus: 16 }, 'StillBuilding'],
  ])('shows %j as %s', (fields, reason) => {
    expect(conditionOf(seenOf(aVmDoc(), aStatus(fields)), 'InSync')).toMatchObject({ reason });
  });

  it('calls a guest that does not run not ready, whatever its tools were', () => {
    const seen = seenOf(aVmDoc(), aStatus({ power: 'off', guestTools: 'running' }));
    expect(conditionOf(seen, 'GuestReady')).toMatchObject({ status: 'false', reason: 'NotRunning' });
  });

  it('fills in the disks of an image, and leaves those that were asked for', () => {
    expect(seenOf(aVmDoc({ disks: [] }), aStatus({ disks: [{ sizeGib: 2.5 }] })).disks).toEqual([{ sizeGib: 3 }]);
    expect(seenOf(aVmDoc(), aStatus({ disks: [{ sizeGib: 99 }] }))).not.toHaveProperty('disks');
  });

  it.each([
    [{ complete: false }, 'InfraReady', 'false'],
    [{ complete: true }, 'InfraReady', 'true'],
    [{ guestTools: 'running' as const }, 'GuestReady', 'true'],
    [{ guestTools: 'not-running' as const }, 'GuestReady', 'false'],
    [{ guestTools: 'unknown' as const }, 'GuestReady', 'unknown'],
  ])('%j sets %s to %s', (fields, type, status) => {
    expect(conditionOf(seenOf(aVmDoc(), aStatus(fields)), type)).toMatchObject({ status });
  });

  it('keeps the time of a condition that did not change', () => {
    const first = aVmDoc({ conditions: seenOf(aVmDoc(), aStatus()).conditions ?? [] });
    const later = seenOf(first, aStatus({ observedAt: inMs(9_000).toISOString(), guestTools: 'running' }));
    expect(conditionOf(later, 'InfraReady')).toHaveProperty('at', aStatus().observedAt);
    expect(conditionOf(later, 'GuestReady')).toHaveProperty('at', inMs(9_000).toISOString());
  });

  it('keeps conditions that it says nothing of', () => {
    const conditions = [{ type: 'CustomizationDone', status: 'true', reason: 'x', at: inMs(0).toISOString() }] as const;
    expect(seenOf(aVmDoc({ conditions: [...conditions] }), aStatus()).conditions).toContainEqual(conditions[0]);
  });
});

describe('the native ids of a VM', () => {
  it('are each kept once, the latest last', () => {
    expect(nativeIdsWith(['106', '107', '108'], aStatus())).toEqual(['106', '108', '107']);
  });
});

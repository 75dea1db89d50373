import type { Policy } from '@dcm/contracts';
import { reasonsToAsk } from './threshold.policy';

const planned = { vcpus: 4, memoryMib: 8192, diskGib: 40, vms: 1 };
const policy = (autoApprove?: Policy['autoApprove']): Policy => ({
  approvalTtlHours: 72,
  onExpiry: 'reject',
  ...(autoApprove === undefined ? {} : { autoApprove }),
});

describe('threshold policy', () => {
  it('approves everything when it names no thresholds', () => {
    expect(reasonsToAsk(policy(), planned)).toEqual([]);
  });

  it('approves what is exactly at its thresholds', () => {
    expect(reasonsToAsk(policy({ maxVcpus: 4, maxMemoryMib: 8192, maxDiskGib: 40 }), planned)).toEqual([]);
  });

  it('asks with one reason for each threshold that is passed', () => {
    expect(reasonsToAsk(policy({ maxVcpus: 3, maxMemoryMib: 8191, maxDiskGib: 39 }), planned)).toEqual([
      '4 vCPUs are more than the 3 that need no approval',
      '8192 MiB of memory are more than the 8191 that need no approval',
      '40 GiB of disk are more than the 39 that need no approval',
    ]);
  });

  it('takes an absent threshold as none and zero as zero', () => {
    expect(reasonsToAsk(policy({ maxVcpus: 0 }), planned)).toEqual([
      '4 vCPUs are more than the 0 that need no approval',
    ]);
  });
});

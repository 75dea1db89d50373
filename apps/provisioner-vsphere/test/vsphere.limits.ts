import type { ConformanceTarget } from '@dcm/provisioner-kit/testing';
import type { Administrator } from './administrator';

/** What a vCenter that we did not start cannot do for the suite, found out by trying; ours can do everything. */
export async function limitsOf(admin: Administrator): Promise<ConformanceTarget['limits']> {
  const isForeign = (process.env['VCSIM_URL'] ?? '') !== '';
  return {
    ...((await admin.canRepeatNames()) && {
      'accepts-duplicate-names': 'this simulator lets two VMs of one folder have the same name',
    }),
    ...(isForeign && {
      guest: 'nobody tells the guests of this vCenter what to report',
      crowd: 'this vCenter is not ours to fill with VMs',
    }),
  };
}

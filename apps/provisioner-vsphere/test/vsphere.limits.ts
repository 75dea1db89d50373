import type { ConformanceTarget } from '@dcm/provisioner-kit/testing';
import type { VcsimTarget } from '../../../sims/vcsim/vcsim';
import { Administrator } from './administrator';

/** What a vCenter that we did not start cannot do for the suite, found out by trying; ours can do everything. */
export async function limitsOf(vcenter: VcsimTarget, admin: Administrator): Promise<ConformanceTarget['limits']> {
  if ((process.env['VCSIM_URL'] ?? '') === '') return {};
  return {
    guest: 'nobody tells the guests of this vCenter what to report',
    crowd: 'this vCenter is not ours to fill with VMs',
    ...((await admin.canRepeatNames()) && {
      'accepts-duplicate-names': 'this simulator lets two VMs of one folder have the same name',
    }),
    ...(!(await admin.clonesCarrySettings()) && {
      duplicate: 'this simulator does not copy the mark when it clones',
    }),
    ...(!(await admin.snapshotsKeepState()) && {
      'snapshots-keep-no-state': 'this simulator leaves a reverted VM as it is',
    }),
    ...(!(await admin.givesTickets()) && { 'no-console': 'this simulator has no AcquireTicket' }),
    ...((await acceptsAnyPassword(vcenter)) && { wrongPassword: 'this simulator accepts any password' }),
  };
}

async function acceptsAnyPassword(vcenter: VcsimTarget): Promise<boolean> {
  const intruder = new Administrator({ ...vcenter, password: 'wrong' });
  try {
    await intruder.listVms();
    return true;
  } catch {
    return false;
  } finally {
    await intruder.close();
  }
}

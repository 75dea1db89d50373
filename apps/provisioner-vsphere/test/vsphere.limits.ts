import type { ConformanceTarget, TargetLimit } from '@dcm/provisioner-kit/testing';
import type { VcsimTarget } from '../../../sims/vcsim/vcsim';
import { Administrator } from './administrator';

/** What a vCenter that we did not start cannot do for the suite, found out by trying; ours can do everything. */
export async function limitsOf(vcenter: VcsimTarget, admin: Administrator): Promise<ConformanceTarget['limits']> {
  if ((process.env['VCSIM_URL'] ?? '') === '') return {};
  return {
    guest: 'nobody tells the guests of this vCenter what to report',
    crowd: 'this vCenter is not ours to fill with VMs',
    'domain-join': 'nobody tells the guests of this vCenter to report the domain that they have joined',
    ...unnamed('linked-clone', 'VCSIM_TEMPLATE_SNAPPED'),
    ...unnamed('secure-boot', 'VCSIM_TEMPLATE_EFI'),
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

/** A template that only its owner can name. */
const unnamed = (limit: TargetLimit, variable: string): ConformanceTarget['limits'] =>
  (process.env[variable] ?? '') === '' ? { [limit]: `${variable} names no template of this vCenter` } : {};

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

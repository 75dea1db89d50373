import type { HypervisorPort, VmRef } from '@dcm/contracts';
import { referenceTarget } from '../testing/reference/reference-target';
import { Trial, readContext, type TrialVm } from '../testing/trial';
import { onVm, type Named } from './vm-lookup';

describe('finding the VM of a command', () => {
  let trial: Trial;
  let port: HypervisorPort;
  let vm: TrialVm;

  beforeEach(async () => {
    trial = await Trial.open(referenceTarget());
    port = trial.port;
    vm = await trial.vm();
  });

  afterEach(() => trial.close());

  const named = (...nativeIds: string[]): Named => ({
    ownership: vm.instance.ownership,
    instanceNumber: 1,
    nativeIds,
  });
  const visit = (name: Named): Promise<VmRef> =>
    onVm(port, name, readContext(), async (ref) => {
      await port.getVmStatus(ref, readContext());
      return ref;
    });

  it.each([
    ['the one native id under which it was seen', () => named(vm.status.nativeId)],
    ['its mark, when no native id is known', () => named()],
    ['its mark, when several native ids are known', () => named('vm-900', vm.status.nativeId)],
    ['its mark, when its native id is no longer its own', () => named('vm-900')],
  ])('goes by %s', async (_way, name) => {
    expect((await visit(name())).nativeId).toBe(vm.status.nativeId);
  });

  it('says that nothing bears the mark', async () => {
    await trial.target.admin.deleteVm(vm.status.nativeId);
    await expect(visit(named(vm.status.nativeId))).rejects.toMatchObject({ reason: 'VM_NOT_FOUND', effect: 'NONE' });
  });

  it('does not look elsewhere when the native id is another’s now', async () => {
    await trial.target.admin.removeMark(vm.status.nativeId);
    await expect(visit(named(vm.status.nativeId))).rejects.toMatchObject({ reason: 'NOT_OURS' });
  });

  it('touches neither of two that bear the mark', async () => {
    port.findVm = () => Promise.resolve([vm.status, { ...vm.status, nativeId: 'vm-2' }]);
    await expect(visit(named())).rejects.toMatchObject({ reason: 'DUPLICATE_MARK', effect: 'NONE' });
  });
});

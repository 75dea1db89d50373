import { HypervisorError, type HypervisorPort, type VmRef } from '@dcm/contracts';
import { referenceTarget } from '../testing/reference/reference-target';
import { Trial, readContext, type TrialVm } from '../testing/trial';
import { lookAt, onVm, type Named } from './vm-lookup';

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

  describe('to read it', () => {
    const idsSeen = async (name: Named): Promise<string[]> =>
      (await lookAt(port, name, readContext())).map(({ nativeId }) => nativeId);

    it('looks for no mark where the one native id is still its own', async () => {
      port.findVm = () => Promise.reject(new Error('the mark was looked for'));
      expect(await idsSeen(named(vm.status.nativeId))).toEqual([vm.status.nativeId]);
    });

    it.each([
      ['no native id is known', () => named()],
      ['several native ids are known', () => named('vm-900', vm.status.nativeId)],
      ['nothing has its native id any more', () => named('vm-900')],
    ])('looks for its mark when %s', async (_why, name) => {
      expect(await idsSeen(name())).toEqual([vm.status.nativeId]);
    });

    it('looks for its mark when its native id is another’s now', async () => {
      const stranger = await trial.vm();
      expect(await idsSeen(named(stranger.status.nativeId))).toEqual([vm.status.nativeId]);
    });

    it('sees nothing when nothing bears the mark', async () => {
      await trial.target.admin.deleteVm(vm.status.nativeId);
      expect(await idsSeen(named(vm.status.nativeId))).toEqual([]);
    });

    it('does not take trouble for absence', async () => {
      port.getVmStatus = () => Promise.reject(new HypervisorError('SITE_UNREACHABLE', 'gone', { effect: 'NONE' }));
      await expect(idsSeen(named(vm.status.nativeId))).rejects.toMatchObject({ reason: 'SITE_UNREACHABLE' });
    });
  });
});

import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';

describe('the console of a VM', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;

  beforeAll(async () => {
    stand = await Stand.start();
  }, START_TIMEOUT_MS);
  beforeEach(() => {
    adapter = stand.open();
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  it('has an address of its own each time, for half a minute, and nothing is changed', async () => {
    const { ref } = await stand.vm(adapter);
    const before = stand.proxy.mutations;
    const screens = [await adapter.console.openConsole(ref, stand.look())];
    screens.push(await adapter.console.openConsole(ref, stand.look()));
    for (const { url, expiresAt } of screens) {
      expect(url).toMatch(/^wss:\/\/dc0_[\w.]+\/ticket\/[0-9a-f]{16}$/);
      const leftMs = Date.parse(expiresAt) - Date.now();
      expect(leftMs).toBeGreaterThan(20_000);
      expect(leftMs).toBeLessThanOrEqual(30_000);
    }
    expect(screens[0]?.url).not.toBe(screens[1]?.url);
    expect(stand.proxy.mutations).toBe(before);
  });

  it('is there only while the VM is on, and only for its owner', async () => {
    const { ref } = await stand.vm(adapter, { poweredOn: false });
    const refused = (reason: string) => ({ reason, effect: 'NONE' });
    await expect(adapter.console.openConsole(ref, stand.look())).rejects.toMatchObject(refused('INVALID_POWER_STATE'));
    await stand.admin.setPower(ref.nativeId, 'on');
    const other = { ...ref, ownership: { ...ref.ownership, tenant: 'tenant-b' } };
    await expect(adapter.console.openConsole(other, stand.look())).rejects.toMatchObject(refused('NOT_OURS'));
    const gone = { ...ref, nativeId: 'vm-999999' };
    await expect(adapter.console.openConsole(gone, stand.look())).rejects.toMatchObject(refused('VM_NOT_FOUND'));
  });

  it('is not there when the VM went off in between', async () => {
    const { ref } = await stand.vm(adapter);
    stand.proxy.refuse('AcquireTicket', 'InvalidPowerState', '<existingState>poweredOff</existingState>');
    const opening = adapter.console.openConsole(ref, stand.look());
    await expect(opening).rejects.toMatchObject({ reason: 'INVALID_POWER_STATE', effect: 'NONE' });
  });
});

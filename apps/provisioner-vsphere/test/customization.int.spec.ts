import type { VmSpec } from '@dcm/contracts';
import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

const STATIC = {
  network: 'VM Network',
  address: { cidr: '192.0.2.7/25', gateway: '192.0.2.1', dns: ['192.0.2.53'] },
};
const guest = { hostname: 'web.example.com', sshKeys: [], userData: null };
const PASSWORD = 'Secret-4711';

describe('a guest that VMware Tools prepare', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;
  let before: number;
  const calls = (): number => stand.proxy.count('CustomizeVM_Task') - before;

  beforeAll(async () => {
    stand = await Stand.start();
  }, START_TIMEOUT_MS);
  beforeEach(() => {
    adapter = stand.open();
    before = stand.proxy.count('CustomizeVM_Task');
  });
  afterEach(() => stand.clear());
  afterAll(() => stand.stop());

  const linux = (overrides: Partial<VmSpec> = {}): Partial<VmSpec> => ({
    metadata: { customization: 'linux' },
    networks: [STATIC],
    guest,
    ...overrides,
  });

  async function reported(nativeId: string): Promise<{ hostName: unknown; ip: unknown }> {
    const { 'guest.hostName': hostName, 'guest.ipAddress': ip } = await stand.admin.read(nativeId, [
      'guest.hostName',
      'guest.ipAddress',
    ]);
    return { hostName, ip };
  }

  it('has its name and address after its first start, asked for in the call that makes it', async () => {
    const { ref } = await stand.vm(adapter, linux());
    expect(calls()).toBe(0);
    await until(async () => (await reported(ref.nativeId)).ip !== undefined);
    expect(await reported(ref.nativeId)).toEqual({ hostName: 'web.example.com', ip: '192.0.2.7' });
    const { addresses } = await adapter.getVmStatus(ref, stand.look());
    expect(addresses).toMatchObject([{ address: '192.0.2.7', network: 'VM Network' }]);
    const settings = await stand.admin.settings(ref.nativeId);
    expect([...settings.keys()].filter((key) => key.startsWith('guestinfo.'))).toEqual([]);
  });

  it('is told of cards that the image does not have, once they are there', async () => {
    const { ref } = await stand.vm(adapter, linux({ networks: [{ network: 'DC0_DVPG0' }, STATIC] }));
    expect(calls()).toBe(1);
    await until(async () => (await adapter.getVmStatus(ref, stand.look())).addresses.length === 2);
    const { addresses } = await adapter.getVmStatus(ref, stand.look());
    expect(addresses.map(({ address, network }) => [network, address.replace(/^10\.77\..*/, 'dhcp')])).toEqual([
      ['DC0_DVPG0', 'dhcp'],
      ['VM Network', '192.0.2.7'],
    ]);
  });

  it('is told once, also when the answer is lost and the work is done again', async () => {
    const two = linux({ networks: [{ network: 'DC0_DVPG0' }, STATIC], poweredOn: false });
    const instance = stand.instance(two);
    stand.proxy.loseAnswer(/^CustomizeVM_Task$/);
    await expect(stand.provision(adapter, instance)).rejects.toMatchObject({ effect: 'UNKNOWN' });
    const again = await stand.provision(adapter, instance, stand.context(instance, { attempt: 2 }));
    expect(again.how).toBe('adopted');
    expect(calls()).toBe(1);
    const { nativeId } = again.status;
    const pending = await stand.admin.read(nativeId, ['config.tools.pendingCustomization']);
    expect(pending['config.tools.pendingCustomization']).not.toBe('');
    await stand.admin.setPower(nativeId, 'on');
    await until(async () => (await reported(nativeId)).hostName === 'web.example.com');
    expect(await stand.admin.read(nativeId, ['config.tools.pendingCustomization'])).toEqual({});
  });

  it('is a Windows with a name and a password, which is told to vCenter alone', async () => {
    const windows = { guestId: 'windows9Server64Guest', customization: 'windows', windows: { orgName: 'Acme' } };
    const instance = stand.instance({
      metadata: windows,
      guest: { ...guest, hostname: 'win-1', adminPassword: PASSWORD },
    });
    const context = stand.context(instance);
    const { status } = await stand.provision(adapter, instance, context);
    await until(async () => (await reported(status.nativeId)).hostName === 'win-1');
    const settings = await stand.admin.settings(status.nativeId);
    const plan = await adapter.plan(instance.spec, stand.look());
    const told = JSON.stringify([status, plan, [...settings], context.steps, context.checkpoints]);
    expect(told).not.toContain(PASSWORD);
  });

  it('joins a domain, by an account whose password is told to vCenter alone', async () => {
    const domain = { name: 'corp.example', user: 'joiner', password: `${PASSWORD}-join` };
    const instance = stand.instance({
      metadata: { guestId: 'windows9Server64Guest', customization: 'windows' },
      guest: { hostname: 'win-2', sshKeys: [], userData: null, adminPassword: PASSWORD, domain },
    });
    const context = stand.context(instance);
    const { status } = await stand.provision(adapter, instance, context);
    await until(async () => (await reported(status.nativeId)).hostName === 'win-2.corp.example');
    const settings = await stand.admin.settings(status.nativeId);
    expect(JSON.stringify([status, [...settings], context.steps, context.checkpoints])).not.toContain(PASSWORD);
  });

  it('starts signed systems only, where it is blank and that is asked for', async () => {
    const blank = { image: null, disks: [{ sizeGib: 1 }], networks: [], poweredOn: false };
    const { ref } = await stand.vm(adapter, { ...blank, firmware: { secureBoot: true } });
    const read = await stand.admin.read(ref.nativeId, ['config.firmware', 'config.bootOptions']);
    expect(read).toMatchObject({ 'config.firmware': 'efi', 'config.bootOptions': { efiSecureBootEnabled: true } });
  });

  it('is refused, and nothing is left, when vCenter finds that it does not fit', async () => {
    stand.proxy.refuse(
      'CloneVM_Task',
      'NicSettingMismatch',
      '<numberOfNicsInSpec>1</numberOfNicsInSpec><numberOfNicsInVM>2</numberOfNicsInVM>',
    );
    const instance = stand.instance(linux());
    await expect(stand.provision(adapter, instance)).rejects.toMatchObject({ reason: 'INVALID_SPEC', effect: 'NONE' });
    expect(await stand.namesakes(instance)).toEqual([]);
  });

  it('is refused by the plan with user data, and with keys that are misspelt', async () => {
    const pointers = async (overrides: Partial<VmSpec>): Promise<string[]> => {
      const { diagnostics } = await adapter.plan(stand.instance(overrides).spec, stand.look());
      return diagnostics.filter(({ severity }) => severity === 'error').map(({ pointer }) => pointer);
    };
    expect(await pointers(linux({ guest: { ...guest, userData: 'x' } }))).toEqual(['/guest/userData']);
    const misspelt = { customization: 'linux', linux: { timezone: 'Europe/Berlin' } };
    expect(await pointers(linux({ metadata: misspelt }))).toEqual(['/metadata/vsphere/linux/timezone']);
  });
});

import type { VmRef } from '@dcm/contracts';
import type { TrialInstance } from '@dcm/provisioner-kit/testing';
import type { VsphereAdapter } from '../src/vsphere.adapter';
import { Stand, START_TIMEOUT_MS } from './stand';
import { until } from './until';

const OFF = { action: 'OFF', mode: 'HARD' } as const;

/** What a feed has told so far. */
class Listener {
  readonly told: string[] = [];
  private readonly stop = new AbortController();
  private ended: Promise<void> | undefined;

  constructor(
    private readonly adapter: VsphereAdapter,
    private readonly stand: Stand,
  ) {}

  /** Listens from when the feed has seen what is there. */
  async begin(): Promise<void> {
    const before = this.stand.proxy.count('WaitForUpdatesEx');
    this.ended = (async () => {
      for await (const some of this.adapter.changes.changes(this.stop.signal)) {
        this.told.push(...some.map(({ nativeId }) => nativeId));
      }
    })();
    await until(() => this.stand.proxy.count('WaitForUpdatesEx') > before + 1);
  }

  async hears(nativeId: string, act: () => Promise<unknown>): Promise<void> {
    this.told.length = 0;
    await act();
    await until(() => this.told.includes(nativeId));
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.ended;
  }
}

describe('the change feed', () => {
  let stand: Stand;
  let adapter: VsphereAdapter;
  let vm: { instance: TrialInstance; ref: VmRef };
  let listener: Listener;

  beforeAll(async () => {
    stand = await Stand.start();
  }, START_TIMEOUT_MS);
  beforeEach(async () => {
    adapter = stand.open();
    vm = await stand.vm(adapter, { poweredOn: false });
    listener = new Listener(adapter, stand);
  });
  afterEach(async () => {
    await listener.end();
    await stand.clear();
  });
  afterAll(() => stand.stop());

  /** Changes the VM again and again: what changes while the feed begins anew is not told. */
  async function changeUntil(condition: () => boolean): Promise<void> {
    let numCPUs = 1;
    await until(async () => {
      numCPUs = 3 - numCPUs;
      await stand.admin.reconfigure(vm.ref.nativeId, { numCPUs });
      return condition();
    });
  }

  it('names a VM whatever is done to it, by whomever, and nothing else', async () => {
    const { nativeId } = vm.ref;
    const stranger = await stand.admin.createStranger('stranger');
    await listener.begin();
    await listener.hears(nativeId, () => adapter.powerCycle(vm.ref, { action: 'ON' }, stand.context(vm.instance)));
    await listener.hears(nativeId, () => stand.admin.takeSnapshot(nativeId, 'by hand'));
    await listener.hears(nativeId, () => adapter.powerCycle(vm.ref, OFF, stand.context(vm.instance)));
    await listener.hears(nativeId, () => stand.admin.removeMark(nativeId));
    await listener.hears(nativeId, () => stand.admin.reconfigure(nativeId, { numCPUs: 2 }));
    expect(new Set(listener.told)).toEqual(new Set([nativeId]));
    await listener.hears(stranger.nativeId, () => stand.admin.deleteVm(stranger.nativeId));
    await listener.hears(nativeId, () => stand.admin.deleteVm(nativeId));
  });

  it('names a VM that was made, and one whose guest got its address', async () => {
    await listener.begin();
    const made = await stand.vm(adapter);
    await until(() => listener.told.includes(made.ref.nativeId));
    listener.told.length = 0;
    await until(() => listener.told.includes(made.ref.nativeId));
  });

  it('tells nothing of what is there already, even when that takes many answers', async () => {
    for (let number = 0; number < 60; number += 1) await stand.admin.createStranger(`crowd-${number}`);
    const before = stand.proxy.count('WaitForUpdatesEx');
    await listener.begin();
    await until(() => stand.proxy.count('WaitForUpdatesEx') >= before + 3);
    await listener.hears(vm.ref.nativeId, () => stand.admin.takeSnapshot(vm.ref.nativeId, 'a'));
    expect(listener.told).toEqual([vm.ref.nativeId]);
  });

  it('goes on after the session is over, with one login', async () => {
    await listener.begin();
    const [logins, filters] = [stand.proxy.count('Login'), stand.proxy.count('CreateFilter')];
    stand.proxy.expireSessions();
    // The poll that is open now still belongs to the old session: something happens, and the next one meets the loss.
    await stand.admin.takeSnapshot(vm.ref.nativeId, 'a');
    await until(() => stand.proxy.count('CreateFilter') > filters);
    listener.told.length = 0;
    await changeUntil(() => listener.told.includes(vm.ref.nativeId));
    expect(stand.proxy.count('Login')).toBe(logins + 1);
  });

  it('goes on after the vCenter has forgotten its version, or did not answer', async () => {
    await listener.begin();
    stand.proxy.refuse('WaitForUpdatesEx', 'InvalidCollectorVersion');
    const filters = stand.proxy.count('CreateFilter');
    await listener.hears(vm.ref.nativeId, () => stand.admin.takeSnapshot(vm.ref.nativeId, 'a'));
    await until(() => stand.proxy.count('CreateFilter') > filters);
    stand.proxy.loseAnswer(/^WaitForUpdatesEx$/);
    await changeUntil(() => stand.proxy.count('CreateFilter') > filters + 1);
    listener.told.length = 0;
    await changeUntil(() => listener.told.includes(vm.ref.nativeId));
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { hasPython } from '../process';
import { build } from './build';
import { Campaign } from './campaign';
import { platforms } from './points';
import { SiteWorlds, type Asked, type SiteWorld } from './site.world';
import { FailureStack } from './stack';

const withWitnesses = ['pyVmomi', 'proxmoxer', 'winrm'].every(hasPython) ? describe : describe.skip;

/** The step in which a VM that was copied becomes what was asked for. */
const middle: Readonly<Record<string, string>> = {
  vsphere: 'reconfigure',
  proxmox: 'configure',
  hyperv: 'configure',
};
/** What each adapter says to people whose account sees too little. */
const blindness = /lacks the privilege|may not see|role does not see/;
/** Longer than a lease. */
const awayMs = 7_000;

withWitnesses('the sequences that bite such systems, on every platform', () => {
  let stack: FailureStack;
  let sites: SiteWorlds;
  let campaign: Campaign;

  beforeAll(async () => {
    build();
    stack = await FailureStack.start({ cloneMs: 700, platforms });
    sites = new SiteWorlds(stack);
    campaign = new Campaign(stack);
  }, 300_000);

  afterAll(async () => {
    campaign.close();
    sites.close();
    await stack.stop(false);
  }, 60_000);

  afterEach(async () => {
    await sites.mend();
    expect(await campaign.violations()).toEqual([]);
  }, 120_000);

  /** What was asked for of each site. */
  async function ofEach<T>(ask: (site: SiteWorld) => Promise<T>): Promise<Map<SiteWorld, T>> {
    const asked = new Map<SiteWorld, T>();
    await sites.each(async (site) => void asked.set(site, await ask(site)));
    return asked;
  }

  const expectOne = async (site: SiteWorld, { vmId, operationId }: Asked): Promise<void> => {
    expect(await site.ended(operationId)).toMatchObject({ state: 'succeeded' });
    expect(await site.seen(vmId)).toHaveLength(1);
  };

  it('a worker that stood still beyond its lease in the middle of a create makes no second VM', async () => {
    await sites.each(async (site) => {
      const frozen = await site.freezeFirst(`work.step.${middle[site.platform] ?? ''}`, awayMs);
      const asked = await site.create();
      const zombie = await frozen();
      expect(await site.ended(asked.operationId)).toMatchObject({ state: 'succeeded' });
      await zombie.ready();
      await expectOne(site, asked);
    });
  }, 90_000);

  it('a delete in the middle of a create leaves nothing', async () => {
    await sites.each(async (site) => {
      const { vmId, operationId } = await site.beginning(1_000);
      expect((await site.operation(operationId))['done']).toBe(false);
      expect(await site.delete(vmId)).toMatchObject({ state: 'succeeded' });
      expect((await site.ended(operationId))['done']).toBe(true);
      expect(await site.seen(vmId)).toEqual([]);
      expect((await site.vm(vmId))['lifecycle']).toBe('deleted');
    });
  }, 90_000);

  it('a success that comes after the operation was cancelled is cleaned up', async () => {
    await sites.each(async (site) => {
      const frozen = await site.freezeFirst('work.ended', awayMs);
      const { vmId, operationId } = await site.create();
      const late = await frozen();
      expect(await site.seen(vmId)).toHaveLength(1);
      await site.cancel(operationId);
      expect(await site.ended(operationId)).toMatchObject({ state: 'cancelled' });
      await late.ready();
      await site.untilGone(vmId);
    });
  }, 90_000);

  it('approvals that was away for longer than a lease goes on where it was', async () => {
    const begun = await ofEach((site) => site.beginning(4_000));
    const approvals = stack.subject('approvals');
    approvals.kill('SIGSTOP');
    for (const [site, { operationId }] of begun) {
      expect((await site.operation(operationId))['done']).toBe(false);
    }
    await delay(awayMs);
    approvals.kill('SIGCONT');
    for (const [site, asked] of begun) await expectOne(site, asked);
  }, 90_000);

  it('the loss of the broker with its disk loses nothing that was accepted', async () => {
    const early = [...(await ofEach((site) => Promise.all([site.create(), site.create()])))];
    await stack.ground.rabbit.kill();
    stack.ground.rabbit.wipe();
    const late = [...(await ofEach((site) => site.create()))];
    await stack.ground.rabbit.restart();
    for (const [site, asked] of [...early, ...late]) {
      for (const one of [asked].flat()) await expectOne(site, one);
    }
  }, 120_000);

  it('rights that were lost on the hypervisor are not taken for a VM that is gone', async () => {
    await sites.each(async (site) => {
      const { vmId } = await site.made();
      const giveBack = await site.ground.loseRights();
      try {
        expect(await site.delete(vmId)).toMatchObject({
          state: 'failed',
          error: { code: 'HYPERVISOR_REFUSED', message: expect.stringMatching(blindness) as unknown },
        });
        expect((await site.vm(vmId))['lifecycle']).toBe('active');
      } finally {
        await giveBack();
      }
      expect(await site.seen(vmId)).toHaveLength(1);
      expect(await site.delete(vmId)).toMatchObject({ state: 'succeeded' });
      expect(await site.seen(vmId)).toEqual([]);
    });
  }, 120_000);

  it('answers of the hypervisor that are lost after their effect make no second VM', async () => {
    await sites.each(async (site) => {
      const before = site.ground.wire.troubled;
      site.ground.wire.loseAnswers();
      const { vmId, operationId } = await site.create();
      expect(await site.ended(operationId)).toMatchObject({ state: 'succeeded' });
      expect(site.ground.wire.troubled).toBeGreaterThan(before);
      expect(await site.seen(vmId)).toMatchObject([{ power: 'on' }]);
    });
  }, 90_000);

  it('a resize whose answer is lost after its effect ends well and counts once', async () => {
    await sites.each(async (site) => {
      const { vmId } = await site.made({ poweredOn: false });
      const before = site.ground.wire.troubled;
      site.ground.wire.loseAnswers();
      expect(await site.resize(vmId, { cpus: 3, memoryMib: 3072 })).toMatchObject({ state: 'succeeded' });
      expect(site.ground.wire.troubled).toBeGreaterThan(before);
      expect(await site.seen(vmId)).toMatchObject([{ cpus: 3, memoryMib: 3072 }]);
      expect(await site.vm(vmId)).toMatchObject({ cpus: 3, memoryMib: 3072 });
    });
  }, 90_000);
});

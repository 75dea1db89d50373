import { hasPython } from '../process';
import { build } from './build';
import { Campaign } from './campaign';
import { deathsAt } from './deaths';
import { badHypervisors, lateCreate, lostAnswers, lostConnections, randomKills } from './mishaps';
import { platforms } from './points';
import { FailureStack } from './stack';

const withWitnesses = ['pyVmomi', 'proxmoxer', 'winrm'].every(hasPython) ? describe : describe.skip;

withWitnesses('on every platform nothing is lost, doubled or left over', () => {
  let stack: FailureStack;
  let campaign: Campaign;

  beforeAll(async () => {
    build();
    stack = await FailureStack.start({ platforms });
    campaign = new Campaign(stack);
  }, 300_000);

  afterAll(async () => {
    campaign.close();
    await stack.stop(false);
  }, 60_000);

  it('when answers of changing calls are lost', async () => {
    const { violations, troubled } = await campaign.round(101, { ...lostAnswers, actions: 6 });
    expect(violations).toEqual([]);
    expect(Object.keys(troubled).filter((platform) => troubled[platform] === 0)).toEqual([]);
  }, 240_000);

  it.each([
    ['connections are silently gone', lostConnections],
    ['nothing is answered', badHypervisors('hang')],
  ])(
    'when %s',
    async (what, mishap) => {
      const { violations, troubled } = await campaign.round(100 + what.length, mishap);
      expect(violations).toEqual([]);
      expect(Object.values(troubled).some((count) => count > 0)).toBe(true);
    },
    240_000,
  );

  it('when provisioners stand still before they make a VM that is deleted meanwhile', async () => {
    const { violations, fired } = await campaign.round(201, lateCreate());
    expect(violations).toEqual([]);
    expect([...fired].sort()).toEqual(['work.step.clone', 'work.step.clone', 'work.step.create']);
  }, 240_000);

  it('when each process dies at a step of its own, provisioners in the middle of a create, a start and a delete', async () => {
    const deaths = new Map([
      ['gateway', ['gateway.accept.committed:2']],
      ['approvals', ['dispatch.committed:1']],
      ['provisioner-vsphere-1', ['work.step.clone:1', 'work.step.delete:1']],
      ['provisioner-proxmox-1', ['work.step.configure:1', 'work.step.power-on:1']],
      ['provisioner-hyperv-1', ['work.step.create:1', 'work.step.start:1']],
    ]);
    const { violations, fired } = await campaign.round(202, deathsAt(deaths));
    expect(violations).toEqual([]);
    expect(fired.length).toBeGreaterThanOrEqual(5);
  }, 240_000);

  it('when processes are killed at random', async () => {
    const { violations, kills } = await campaign.round(2, randomKills(3));
    expect(violations).toEqual([]);
    expect(kills).toBeGreaterThan(0);
  }, 240_000);
});

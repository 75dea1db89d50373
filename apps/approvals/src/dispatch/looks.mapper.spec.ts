import { readCommands } from '@dcm/contracts';
import { anOperation, aVm, now } from '../../test/scene.builder';
import { planCommand, statusCommand, type Command } from './command.mapper';
import { gatherLooks } from './looks.mapper';

const scene = { now, installation: 'inst', vm: aVm() };
const look = (id: string, site = 'pve-lab'): Command =>
  statusCommand({ ...scene, vm: aVm({ site: site as never }) }, id);
const sent = (looksAtOnce: number, ...commands: Command[]): Parameters<typeof gatherLooks>[0] =>
  commands.map((command) => ({ command, looksAtOnce }));
const idsOf = ({ data }: Command): string[] =>
  'looks' in data ? data.looks.map(({ requestId }) => requestId) : [(data as { requestId: string }).requestId];

describe('looks at VMs of one site', () => {
  it('go together, as many as its provisioner takes, in a shape that the schema accepts', () => {
    const commands = gatherLooks(sent(2, look('a'), look('b'), look('c')));
    expect(commands.map(idsOf)).toEqual([['a', 'b'], ['c']]);
    const [first, second] = commands;
    expect(first).toMatchObject({ id: 'a+1', type: 'io.dcm.command.statuses.v1', routingKey: 'proxmox.pve-lab.read' });
    expect(readCommands['io.dcm.command.statuses.v1'].strict().safeParse(first?.data).error).toBeUndefined();
    expect(second).toEqual(look('c'));
  });

  it('go alone to a provisioner that takes one', () => {
    expect(gatherLooks(sent(1, look('a'), look('b')))).toEqual([look('a'), look('b')]);
  });

  it('never go together with those of another', () => {
    const commands = gatherLooks(sent(9, look('a'), look('x', 'other'), look('b'), look('y', 'other')));
    expect(commands.map((one) => [one.routingKey, ...idsOf(one)])).toEqual([
      ['proxmox.pve-lab.read', 'a', 'b'],
      ['proxmox.other.read', 'x', 'y'],
    ]);
  });

  it('leave other commands as they are', () => {
    const plan = planCommand(scene, anOperation({ state: 'planning' }));
    expect(gatherLooks(sent(9, look('a'), plan))).toEqual([plan, look('a')]);
  });
});

import { mutationCommands, readCommands } from '@dcm/contracts';
import { anOperation, aRunning, aVm, createId, inMs, now, projectId, tenantId, vmId } from '../../test/scene.builder';
import { planCommand, statusCommand, workCommand } from './command.mapper';

const scene = { now, installation: 'inst', vm: aVm({}, { nativeIds: ['106', '107'] }) };

describe('command mapper', () => {
  it('names the owner of the VM in every command', () => {
    const ownership = { installation: 'inst', tenant: tenantId, project: projectId, instance: vmId };
    expect(workCommand(scene, aRunning()).data).toMatchObject({
      ownership,
      instanceNumber: 7,
      nativeIds: ['106', '107'],
    });
    expect(statusCommand(scene, 'r1').data).toMatchObject({ ownership, requestId: 'r1' });
  });

  it.each([
    ['provision', aRunning()],
    ['power', aRunning({ kind: 'vm.power' }, { power: { action: 'OFF', mode: 'HARD' } })],
    ['delete', aRunning({ kind: 'vm.delete' })],
  ] as const)('writes a %s command that its schema accepts', (kind, operation) => {
    const command = workCommand(scene, operation);
    const type = `io.dcm.command.${kind}.v1` as const;
    expect(command).toMatchObject({ type, routingKey: 'proxmox.pve-lab' });
    expect(mutationCommands[type].safeParse(command.data).success).toBe(true);
  });

  it('writes reads to the read queue, in a shape that their schemas accept', () => {
    const plan = planCommand(scene, anOperation({ state: 'planning' }, { sends: 2 }));
    expect(plan).toMatchObject({ id: `${createId}/plan/1`, routingKey: 'proxmox.pve-lab.read' });
    expect(readCommands['io.dcm.command.plan.v1'].safeParse(plan.data).success).toBe(true);
    expect(readCommands['io.dcm.command.status.v1'].safeParse(statusCommand(scene, 'r').data).success).toBe(true);
  });

  it('gives an attempt what is left of the deadline, at most 15 minutes', () => {
    expect(workCommand(scene, aRunning()).data).toMatchObject({ budgetMs: 900_000 });
    expect(workCommand(scene, aRunning({ deadlineAt: inMs(7_000).toISOString() })).data).toMatchObject({
      budgetMs: 7_000,
    });
    expect(workCommand(scene, aRunning({ deadlineAt: inMs(-7_000).toISOString() })).data).toMatchObject({
      budgetMs: 1_000,
    });
  });

  it('refuses to make a VM that was never planned', () => {
    const unplanned = { ...scene, vm: aVm({}, { plan: null }) };
    expect(() => workCommand(unplanned, aRunning())).toThrow('it has no plan');
  });
});

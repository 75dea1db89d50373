import { removeCheckpoint, restoreCheckpoint, takeCheckpoint } from '../model/checkpoints';
import { demandPresence } from '../model/states';
import { cmdlet, settled, type Cmdlet } from './cmdlet';
import { ASYNC, ON_BEHALF, SERVER } from './parameters';

/** Cmdlets about checkpoints. */
export const checkpointCmdlets: readonly Cmdlet[] = [
  cmdlet('Get-SCVMCheckpoint', {
    sets: [`VM:VM MostRecent:switch ${SERVER} ${ON_BEHALF}`],
    run: ({ vmm, args }) => {
      const machine = args.object('VM', 'VM');
      if (machine !== undefined) demandPresence(machine);
      const machines = machine === undefined ? vmm.visibleMachines : [machine];
      const found = machines.flatMap(({ VMCheckpoints }) => VMCheckpoints);
      return args.isOn('MostRecent') ? found.slice(-1) : found;
    },
  }),
  cmdlet('New-SCVMCheckpoint', {
    change: 'snapshot',
    sets: [`VM:VM! Name:string Description:string ${ASYNC}`],
    run: async ({ vmm, args }) => {
      const machine = args.the('VM', 'VM');
      const name = args.text('Name') ?? `${machine.Name} - (${vmm.clock.now().toISOString()})`;
      const { job, taken } = takeCheckpoint(vmm, machine, name, args.text('Description') ?? '');
      await settled(args, job, machine);
      const checkpoint = taken();
      return checkpoint === undefined ? [] : [checkpoint];
    },
  }),
  cmdlet('Restore-SCVMCheckpoint', {
    change: 'snapshot',
    sets: [`VMCheckpoint:VMCheckpoint! WhatIf:switch Confirm:switch ${ASYNC}`],
    run: ({ vmm, args }) => {
      const checkpoint = args.the('VMCheckpoint', 'VMCheckpoint');
      return settled(args, restoreCheckpoint(vmm, checkpoint), checkpoint);
    },
  }),
  cmdlet('Remove-SCVMCheckpoint', {
    change: 'snapshot',
    sets: [`VMCheckpoint:VMCheckpoint! WhatIf:switch Confirm:switch ${ASYNC}`],
    run: ({ vmm, args }) => {
      const checkpoint = args.the('VMCheckpoint', 'VMCheckpoint');
      return settled(args, removeCheckpoint(vmm, checkpoint), checkpoint);
    },
  }),
];

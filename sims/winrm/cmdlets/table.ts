import type { Cmdlet } from './cmdlet';
import { checkpointCmdlets } from './checkpoint.cmdlets';
import { deviceCmdlets } from './device.cmdlets';
import { fabricCmdlets } from './fabric.cmdlets';
import { fabricDetailCmdlets } from './fabric.detail.cmdlets';
import { jobCmdlets } from './job.cmdlets';
import { libraryCmdlets } from './library.cmdlets';
import { machineCmdlets } from './machine.cmdlets';
import { placementCmdlets } from './placement.cmdlets';
import { powerCmdlets } from './power.cmdlets';

/** Every cmdlet that the simulator knows, by its name in small letters. */
export const cmdlets: ReadonlyMap<string, Cmdlet> = new Map(
  [
    ...fabricCmdlets,
    ...fabricDetailCmdlets,
    ...machineCmdlets,
    ...powerCmdlets,
    ...placementCmdlets,
    ...deviceCmdlets,
    ...checkpointCmdlets,
    ...libraryCmdlets,
    ...jobCmdlets,
  ].map((one) => [one.name.toLowerCase(), one]),
);

import { Arguments, type Change, type Cmdlet } from '../cmdlets/cmdlet';
import { bind } from '../cmdlets/parameters';
import { cmdlets } from '../cmdlets/table';
import { ShellError, VmmError } from '../model/errors';
import type { PsObject } from '../model/objects';
import type { Vmm } from '../model/vmm';

/** What happens around the effect of a cmdlet: delays, faults, counts. */
export interface Around {
  before(cmdlet: string): Promise<void>;
  after(cmdlet: string, change: Change | undefined): Promise<void>;
}

/** The module VirtualMachineManager in one process: it is connected or not. */
export class Session {
  private isConnected = false;

  constructor(
    private readonly vmm: Vmm,
    private readonly around: Around,
  ) {}

  /**
   * Runs a cmdlet.
   * @throws ShellError for an unknown one or arguments that do not bind, VmmError for what the management server refuses.
   */
  async invoke(name: string, given: Readonly<Record<string, unknown>>): Promise<readonly PsObject[]> {
    const cmdlet = cmdlets.get(name.toLowerCase());
    if (cmdlet === undefined) throw unknownCommand(name);
    const args = new Arguments(bind(cmdlet.name, cmdlet.sets, given));
    await this.around.before(cmdlet.name);
    if (cmdlet.needsConnection && !this.isConnected) throw new VmmError(1615, []);
    if (cmdlet.needsConnection && this.vmm.hasNoRole) throw new VmmError(1604, [this.vmm.name]);
    const objects = await this.run(cmdlet, args);
    await this.around.after(cmdlet.name, cmdlet.change);
    return objects;
  }

  private async run(cmdlet: Cmdlet, args: Arguments): Promise<readonly PsObject[]> {
    const objects = await cmdlet.run({ vmm: this.vmm, args });
    if (cmdlet.name === 'Get-SCVMMServer') this.isConnected = true;
    return objects;
  }
}

const unknownCommand = (name: string): ShellError =>
  new ShellError(
    `The term '${name}' is not recognized as the name of a cmdlet, function, script file, or operable program.`,
    'CommandNotFoundException',
    'ObjectNotFound',
    'System.Management.Automation.CommandNotFoundException',
  );

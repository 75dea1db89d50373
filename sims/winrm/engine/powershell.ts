import type { Program, ProgramStart, RunningProgram } from '../front/program';
import type { Vmm } from '../model/vmm';
import type { PowerShellOptions } from '../options';
import { clixmlError } from './clixml';
import { readCommandLine } from './command.line';
import { Faults } from './faults';
import { ended, PowerShellProcess } from './process';
import { startPwsh, type PwshSettings } from './pwsh';
import { readScripts, sha256, type Scripts } from './scripts';

const SECONDS = { startMs: 5, importMs: 5, cmdletMs: 0 };

/** `powershell.exe` of the simulated server: it runs the two shipped scripts, and nothing else. */
export class PowerShell implements Program {
  readonly faults = new Faults();
  /** Delays of processes to come and of running ones. */
  readonly delays: { startMs: number; importMs: number; cmdletMs: number };
  /** How many processes were started, the refused ones too. */
  starts = 0;
  /** A real PowerShell in the place of the twin, when one is there. */
  pwsh: PwshSettings | undefined;
  private readonly scripts: Scripts;
  private readonly running = new Set<PowerShellProcess>();

  constructor(
    readonly vmm: Vmm,
    options: PowerShellOptions = {},
  ) {
    const { scripts, ...delays } = options;
    this.delays = { ...SECONDS, ...delays };
    this.scripts = readScripts(scripts);
  }

  /** Processes that run now. */
  get processes(): readonly PowerShellProcess[] {
    return [...this.running];
  }

  start(start: ProgramStart): RunningProgram {
    const command = readCommandLine(start.commandLine);
    if (command === undefined) {
      const [program = ''] = start.commandLine.trim().split(/\s+/);
      const text = `'${program}' is not recognized as an internal or external command,\r\noperable program or batch file.\r\n`;
      return ended(text, 1);
    }
    this.starts += 1;
    if (command.script === undefined || sha256(command.script) !== this.scripts.bootstrapSha256) {
      const text =
        'This simulator has no PowerShell: it runs the two scripts of the Hyper-V provisioner and nothing else.';
      return ended(command.isTextOutput ? `${text}\r\n` : clixmlError(text), 1);
    }
    if (this.pwsh !== undefined) return startPwsh(command.script, start, this.pwsh);
    const process = new PowerShellProcess(start, { ...this.parts(), pid: 4000 + this.starts });
    this.running.add(process);
    void process.exit.then(() => this.running.delete(process));
    return process;
  }

  /** Ends every process by force, as a server does that restarts its WinRM service. */
  killAll(): void {
    for (const process of this.running) process.kill();
  }

  private parts(): { vmm: Vmm; scripts: Scripts; faults: Faults; delays: PowerShell['delays'] } {
    return { vmm: this.vmm, scripts: this.scripts, faults: this.faults, delays: this.delays };
  }
}

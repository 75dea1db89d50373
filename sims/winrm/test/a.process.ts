import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import { PowerShell } from '../engine/powershell';
import type { RunningProgram } from '../front/program';
import { Vmm } from '../model/vmm';
import type { PowerShellOptions, VmmOptions } from '../options';

/** The provisioner's scripts. */
export const SCRIPTS = path.resolve(__dirname, '../../../apps/provisioner-hyperv/src/ps');
const [bootstrap, dispatcher] = ['bootstrap.ps1', 'dispatch.ps1'].map((name) => readFileSync(path.join(SCRIPTS, name)));

/** The command line that starts the bootstrap. */
export const COMMAND = `powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -InputFormat Text -OutputFormat Text -EncodedCommand ${Buffer.from(bootstrap?.toString('utf8') ?? '', 'utf16le').toString('base64')}`;

/** A line that a process is fed. */
export const base64Line = (content: string | Buffer): string => `${Buffer.from(content).toString('base64')}\n`;
export const DISPATCHER_LINE = base64Line(dispatcher ?? '');

export type Step = Readonly<Record<string, unknown>>;
export interface Result {
  readonly ok: boolean;
  readonly step?: string;
  readonly steps: readonly string[];
  readonly data: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
  readonly error?: {
    readonly vmmCode: number | null;
    readonly fqid: string;
    readonly message: string;
    readonly dcm: string | null;
  };
}

/** Speaks the protocol with a process, without a network. */
export class Worker {
  private text = '';
  private lastId = 0;
  errors = '';
  private constructor(
    readonly program: RunningProgram,
    private readonly stdin: PassThrough,
  ) {
    program.stdout.on('data', (chunk: Buffer) => (this.text += chunk.toString('latin1')));
    program.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString('utf8')));
  }

  static spawn(powershell: PowerShell, commandLine = COMMAND): Worker {
    const stdin = new PassThrough();
    const start = { commandLine, environment: {}, user: 'CONTOSO\\svc-dcm', codePage: 65001, stdin };
    return new Worker(powershell.start(start), stdin);
  }

  /** A worker that is ready and connected. */
  static async connected(powershell: PowerShell): Promise<Worker> {
    const worker = Worker.spawn(powershell);
    worker.write(DISPATCHER_LINE);
    await worker.frame('0');
    await worker.run([{ as: 'server', cmd: 'Get-SCVMMServer', args: { ComputerName: 'localhost' } }]);
    return worker;
  }

  write(line: string): void {
    this.stdin.write(line);
  }

  endInput(): void {
    this.stdin.end();
  }

  /** Everything it wrote to stdout so far. */
  get output(): string {
    return this.text;
  }

  /** Sends a request without waiting. @returns its id. */
  send(steps: readonly Step[], rest: Readonly<Record<string, unknown>> = {}): string {
    this.lastId += 1;
    const id = String(this.lastId);
    this.write(base64Line(JSON.stringify({ id, mode: 'scvmm', steps, ...rest })));
    return id;
  }

  async run(steps: readonly Step[], rest: Readonly<Record<string, unknown>> = {}): Promise<Result> {
    return (await this.frame(this.send(steps, rest))) as Result;
  }

  /** Waits for the frame of a request. */
  async frame(id: string, timeoutMs = 5000): Promise<unknown> {
    const deadline = Date.now() + timeoutMs;
    const pattern = new RegExp(`#DCM1 ${id} \\w+ ([A-Za-z0-9+/=]+)\\r\\n`);
    for (;;) {
      const found = pattern.exec(this.text)?.[1];
      if (found !== undefined) return JSON.parse(Buffer.from(found, 'base64').toString('utf8'));
      if (Date.now() > deadline) throw new Error(`No frame ${id} in ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

/** A management server with its PowerShell. */
export const aServer = (options: VmmOptions & PowerShellOptions = {}): { vmm: Vmm; powershell: PowerShell } => {
  const vmm = new Vmm(options);
  return { vmm, powershell: new PowerShell(vmm, { startMs: 0, importMs: 0, ...options }) };
};

/** Steps that make a VM of the Debian template. */
export const creation = (name: string, description: string, extra: Step = {}): Step[] => [
  { as: 'template', cmd: 'Get-SCVMTemplate', args: { Name: 'debian-12-template' }, expect: 'one' },
  { as: 'group', cmd: 'Get-SCVMHostGroup', args: { Name: 'lab' }, expect: 'one' },
  {
    as: 'config',
    cmd: 'New-SCVMConfiguration',
    args: { VMTemplate: { $ref: 'template' }, Name: name, VMHostGroup: { $ref: 'group' } },
  },
  { as: 'placed', cmd: 'Update-SCVMConfiguration', args: { VMConfiguration: { $ref: 'config' } } },
  {
    as: 'made',
    cmd: 'New-SCVirtualMachine',
    args: {
      Name: name,
      Description: description,
      VMConfiguration: { $ref: 'placed' },
      RunAsynchronously: true,
      ...extra,
    },
    expect: 'one',
  },
];

import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { Program, RunningProgram } from '../../../sims/winrm/front/program';
import {
  WsmanError,
  type Command,
  type CommandOptions,
  type Endpoint,
  type OutputChunk,
  type Shell,
} from '../src/wsman';

/** Programs without a network between: what is behind the protocol can be tested alone, and a cut is where one wants it. */
export class ProgramEndpoint implements Endpoint {
  readonly open = new Set<ProgramShell>();
  /** How many shells were opened so far. */
  opened = 0;

  constructor(private readonly program: Program) {}

  openShell(): Promise<Shell> {
    this.opened += 1;
    const shell = new ProgramShell(this.program, () => this.open.delete(shell));
    this.open.add(shell);
    return Promise.resolve(shell);
  }

  shells(): Promise<[]> {
    return Promise.resolve([]);
  }

  deleteLeftovers(): Promise<[]> {
    return Promise.resolve([]);
  }

  close(): void {
    for (const shell of this.open) shell.cut();
  }

  /** Loses the connections of all shells; what their programs do goes on. */
  cutAll(): void {
    for (const shell of this.open) shell.cut();
  }
}

class ProgramShell implements Shell {
  readonly id = randomUUID();
  readonly name = 'test';
  private readonly commands: ProgramCommand[] = [];

  constructor(
    private readonly program: Program,
    private readonly onClose: () => void,
  ) {}

  command({ program, arguments: words = [] }: CommandOptions): Promise<Command> {
    const stdin = new PassThrough();
    const commandLine = [program, ...words].join(' ');
    const start = { commandLine, environment: {}, user: 'CONTOSO\\svc-dcm', codePage: 65_001, stdin };
    const command = new ProgramCommand(this.program.start(start), stdin);
    this.commands.push(command);
    return Promise.resolve(command);
  }

  cut(): void {
    for (const command of this.commands) command.cut();
    this.onClose();
  }

  close(): Promise<void> {
    for (const command of this.commands) command.end();
    this.onClose();
    return Promise.resolve();
  }
}

class ProgramCommand implements Command {
  readonly id = randomUUID();
  readonly exitCode: Promise<number>;
  readonly output: AsyncIterable<OutputChunk>;
  private readonly merged = new PassThrough({ objectMode: true });
  private isCut = false;

  constructor(
    private readonly running: RunningProgram,
    private readonly stdin: PassThrough,
  ) {
    this.exitCode = running.exit;
    const forward = (stream: OutputChunk['stream']): void => {
      running[stream].on('data', (bytes: Buffer) => {
        if (!this.isCut) this.merged.write({ stream, bytes } satisfies OutputChunk);
      });
    };
    forward('stdout');
    forward('stderr');
    void running.exit.then(() => setImmediate(() => this.merged.end()));
    this.output = this.merged as AsyncIterable<OutputChunk>;
  }

  send(bytes: Uint8Array): Promise<void> {
    if (this.isCut) return Promise.reject(new WsmanError('SHELL_GONE', 'it was cut'));
    this.stdin.write(bytes);
    return Promise.resolve();
  }

  terminate(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  cut(): void {
    this.isCut = true;
    this.merged.destroy(new WsmanError('OUTPUT_LOST', 'it was cut', { mayHaveActed: true }));
  }

  end(): void {
    this.running.kill();
    this.merged.end();
  }
}

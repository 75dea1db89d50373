import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '../cmdlets/cmdlet';
import { cmdlets } from '../cmdlets/table';
import type { ProgramStart, RunningProgram } from '../front/program';
import type { PsObject } from '../model/objects';
import type { Vmm } from '../model/vmm';
import { clixmlError, clixmlProgress } from './clixml';
import { Dispatcher, type Answer } from './dispatcher';
import type { Faults } from './faults';
import { sha256, type Scripts } from './scripts';
import { Session } from './session';

/** Exit code of a process that was ended by force. */
const KILLED = -1_073_741_510;
const VERSION = '5.1.20348.2760';
const MAX_LINE = 16 * 1024 * 1024;

/** What a process works with. */
export interface ProcessParts {
  readonly vmm: Vmm;
  readonly scripts: Scripts;
  readonly faults: Faults;
  readonly delays: { readonly startMs: number; readonly importMs: number; readonly cmdletMs: number };
  readonly pid: number;
}

/** A process that ended as soon as it was started. */
export function ended(errorText: string, code: number): RunningProgram {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  stdout.end();
  stderr.end(errorText);
  return { stdout, stderr, exit: Promise.resolve(code), kill: () => undefined };
}

/** Thrown where a killed process would have gone on. */
class Killed extends Error {}

/** One `powershell.exe` with the bootstrap: its first line is the dispatcher, each further one a request. */
export class PowerShellProcess implements RunningProgram {
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly exit: Promise<number>;
  readonly pid: number;
  private readonly dispatcher: Dispatcher;
  private resolveExit: (code: number) => void = () => undefined;
  private hasEnded = false;
  private isReady = false;
  private hasModule = false;
  private buffered = '';
  private queue: Promise<void>;
  private readonly held = new Set<() => void>();
  private made: Change[] = [];

  constructor(
    { stdin }: Pick<ProgramStart, 'stdin'>,
    private readonly parts: ProcessParts,
  ) {
    this.pid = parts.pid;
    this.exit = new Promise((resolve) => (this.resolveExit = resolve));
    const { vmm, scripts, faults } = parts;
    const session = new Session(vmm, {
      before: (cmdlet) => this.before(cmdlet),
      after: (_, change) => this.after(change),
    });
    this.dispatcher = new Dispatcher({
      allowed: scripts.allowed,
      invoke: (cmdlet, args): Promise<readonly PsObject[]> => session.invoke(cmdlet, args),
      mutexes: vmm.mutexes,
      locale: () => vmm.locale,
      importModule: () => this.importModule(),
      disk: vmm.library,
      holding: (release) => {
        this.held.add(release);
        return () => this.held.delete(release);
      },
    });
    if (faults.startsWithBom) this.stdout.write(Buffer.from([0xef, 0xbb, 0xbf]));
    this.queue = this.pause(parts.delays.startMs).catch(() => undefined);
    stdin.on('data', (chunk: Buffer) => {
      this.read(chunk);
    });
    stdin.on('end', () => {
      this.enqueue(() => {
        this.end(0);
        return Promise.resolve();
      });
    });
  }

  kill(): void {
    this.end(KILLED);
  }

  private read(chunk: Buffer): void {
    this.buffered += chunk.toString('latin1');
    if (this.buffered.length > MAX_LINE) {
      this.kill();
      return;
    }
    const lines = this.buffered.split('\n');
    this.buffered = lines.pop() ?? '';
    for (const line of lines) this.enqueue(() => this.take(line.replace(/[^A-Za-z0-9+/=]/g, '')));
  }

  private enqueue(work: () => Promise<void>): void {
    this.queue = this.queue.then(work).catch((error: unknown) => {
      if (!(error instanceof Killed)) this.fail(error instanceof Error ? error.message : String(error));
    });
  }

  private async take(line: string): Promise<void> {
    if (line === '' || this.hasEnded) return;
    if (this.isReady) {
      await this.answer(line);
      return;
    }
    if (sha256(Buffer.from(line, 'base64')) !== this.parts.scripts.dispatcherSha256) {
      this.fail('This simulator runs no other script than the dispatcher of the Hyper-V provisioner.');
      return;
    }
    this.isReady = true;
    this.frame('0', 'ready', { pid: this.pid, version: VERSION });
  }

  private async answer(line: string): Promise<void> {
    const startedAt = performance.now();
    await this.parts.faults.arrive(changesIn(line));
    if (this.isOver()) return;
    this.made = [];
    const { id, answer } = await this.dispatcher.run(line);
    const isLost = this.parts.faults.losesAnswer(this.made);
    if (this.hasEnded) return;
    if (isLost) {
      this.parts.faults.loseConnection(this.pid);
      return;
    }
    this.noise();
    this.frame(id, 'result', { ...answer, ms: Math.round(performance.now() - startedAt) });
  }

  private isOver(): boolean {
    return this.hasEnded;
  }

  private noise(): void {
    const { faults } = this.parts;
    for (const text of faults.noiseLines) this.stdout.write(`${text}\r\n`);
    if (faults.progressRecords === 0) return;
    faults.progressRecords -= 1;
    this.stderr.write(clixmlProgress());
  }

  private frame(id: string, kind: string, payload: Answer): void {
    if (this.hasEnded) return;
    this.stdout.write(`#DCM1 ${id} ${kind} ${Buffer.from(JSON.stringify(payload)).toString('base64')}\r\n`);
  }

  private async importModule(): Promise<void> {
    if (this.hasModule) return;
    await this.pause(this.parts.delays.importMs);
    this.hasModule = true;
  }

  private async before(cmdlet: string): Promise<void> {
    await this.pause(this.parts.delays.cmdletMs / 2);
    this.parts.faults.demandUnrefused(cmdlet);
    this.parts.faults.count(cmdlet);
  }

  private async after(change: Change | undefined): Promise<void> {
    if (change !== undefined) this.made.push(change);
    await this.pause(this.parts.delays.cmdletMs / 2);
  }

  /** @throws Killed when the process was ended meanwhile. */
  private async pause(ms: number): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { ref: false });
    if (this.hasEnded) throw new Killed();
  }

  private fail(text: string): void {
    if (this.hasEnded) return;
    this.stderr.write(clixmlError(text));
    this.end(1);
  }

  private end(code: number): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const release of this.held) release();
    this.held.clear();
    this.stdout.end();
    this.stderr.end();
    this.resolveExit(code);
  }
}

/** The changes that a request could make, as far as it can be read. */
function changesIn(line: string): ReadonlySet<Change> {
  const changes = new Set<Change>();
  const text = Buffer.from(line, 'base64').toString('utf8');
  for (const [, name = ''] of text.matchAll(/"cmd"\s*:\s*"([A-Za-z]+-[A-Za-z]+)"/g)) {
    const change = cmdlets.get(name.toLowerCase())?.change;
    if (change !== undefined) changes.add(change);
  }
  return changes;
}

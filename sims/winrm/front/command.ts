import { PassThrough } from 'node:stream';
import type { Program, ProgramStart, RunningProgram } from './program';

/** What a program has written and nobody has fetched. */
export interface Piece {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** Bytes that come before what the program writes. */
export interface Noise {
  readonly stdout?: Buffer;
  readonly stderr?: Buffer;
}

/** A program that was started in a shell, and its output until somebody fetches it. */
export class ShellCommand {
  private readonly stdin = new PassThrough();
  private readonly running: RunningProgram;
  private readonly pieces: Piece[] = [];
  private readonly waiting = new Set<() => void>();
  private openStreams = 2;
  private exitCode: number | undefined;
  private isKilled = false;

  constructor(
    readonly id: string,
    program: Program,
    start: Omit<ProgramStart, 'stdin'>,
    noise: Noise = {},
  ) {
    if (noise.stdout !== undefined) this.pieces.push({ stream: 'stdout', bytes: noise.stdout });
    if (noise.stderr !== undefined) this.pieces.push({ stream: 'stderr', bytes: noise.stderr });
    this.stdin.on('error', () => undefined);
    this.running = program.start({ ...start, stdin: this.stdin });
    for (const stream of ['stdout', 'stderr'] as const) {
      this.running[stream].on('data', (bytes: Buffer) => {
        this.pieces.push({ stream, bytes: Buffer.from(bytes) });
        this.wake();
      });
      this.running[stream].once('close', () => {
        this.openStreams -= 1;
        this.wake();
      });
    }
    void this.running.exit.then((code) => {
      this.exitCode = code;
      this.stdin.destroy();
      this.wake();
    });
  }

  /** Whether it has ended and all that it wrote has come in. */
  hasEnded(): boolean {
    return this.exitCode !== undefined && (this.openStreams === 0 || this.isKilled);
  }

  /** Exit code as the service gives it: an unsigned 32-bit number. */
  code(): number {
    return (this.exitCode ?? 0) >>> 0;
  }

  hasOutput(): boolean {
    return this.pieces.length > 0;
  }

  /** Whether input still reaches it. */
  takesInput(): boolean {
    return this.exitCode === undefined && !this.stdin.writableEnded && !this.stdin.destroyed;
  }

  write(bytes: Buffer, isLast: boolean): void {
    if (bytes.length > 0) this.stdin.write(bytes);
    if (isLast) this.stdin.end();
  }

  /** Takes output away, as much as fits. @param pieceBytes size of a piece at most: cuts fall anywhere, in characters too */
  fetch(maxBytes: number, pieceBytes: number): readonly Piece[] {
    const taken: Piece[] = [];
    for (let room = maxBytes; room > 0;) {
      const first = this.pieces.shift();
      if (first === undefined) break;
      const size = Math.min(room, pieceBytes, first.bytes.length);
      taken.push({ stream: first.stream, bytes: first.bytes.subarray(0, size) });
      if (size < first.bytes.length) this.pieces.unshift({ stream: first.stream, bytes: first.bytes.subarray(size) });
      room -= size;
    }
    return taken;
  }

  /** Resolves when there is something to fetch or the program has ended: true; when the time is over: false. */
  news(timeoutMs: number): Promise<boolean> {
    if (this.hasOutput() || this.hasEnded()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.waiting.delete(tell);
        resolve(false);
      }, timeoutMs);
      const tell = (): void => {
        if (!this.hasOutput() && !this.hasEnded()) return;
        clearTimeout(timer);
        this.waiting.delete(tell);
        // What is written in the same breath goes along.
        setImmediate(resolve, true);
      };
      this.waiting.add(tell);
    });
  }

  kill(): void {
    this.isKilled = true;
    this.stdin.destroy();
    this.running.kill();
    this.wake();
  }

  private wake(): void {
    for (const tell of [...this.waiting]) tell();
  }
}

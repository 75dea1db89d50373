import type { Readable } from 'node:stream';

/** How the endpoint starts a program in a shell. */
export interface ProgramStart {
  /** Program and arguments joined by blanks, as CreateProcess would get it. */
  readonly commandLine: string;
  /** Variables of the shell. */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  /** Account that owns the shell, e.g. `CONTOSO\svc`. */
  readonly user: string;
  /** Code page asked for, e.g. 65001. */
  readonly codePage: number;
  /** What clients send; ends with their `End="true"`, or when the program is killed. */
  readonly stdin: Readable;
}

/** A program under way. */
export interface RunningProgram {
  /** Bytes as the program writes them. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Exit code, once the program has ended; may resolve before the streams have been read. Never rejects. */
  readonly exit: Promise<number>;
  /** Ends it by force; `exit` and the ends of both streams follow. Twice is once. */
  kill(): void;
}

/** What stands behind the endpoint in the place of Windows: one object that can run any command line, or fail it. */
export interface Program {
  /** Never throws: an unknown command is a program that writes to stderr and exits with a code. */
  start(start: ProgramStart): RunningProgram;
}

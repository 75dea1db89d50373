import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Program, ProgramStart, RunningProgram } from '../program';

/** What a toy may do while it runs. */
interface Toy {
  readonly args: readonly string[];
  readonly start: ProgramStart;
  readonly out: (bytes: string | Buffer) => unknown;
  readonly err: (bytes: string | Buffer) => unknown;
  readonly isKilled: () => boolean;
}

/** By name: what it does; the number is its exit code. */
const TOYS: Readonly<Record<string, (toy: Toy) => Promise<number> | number>> = {
  /** Writes its arguments. */
  echo: ({ args, out }) => {
    out(`${args.join(' ')}\r\n`);
    return 0;
  },
  /** Writes what comes in, as it comes in. */
  cat: async ({ start, out }) => {
    for await (const chunk of start.stdin as AsyncIterable<Buffer>) out(chunk);
    return 0;
  },
  /** Writes what came in, at the end. */
  hold: async ({ start, out }) => {
    out(await everything(start.stdin));
    return 0;
  },
  /** So many lines, one every so many milliseconds. */
  drip: async ({ args: [lines, ms], out, isKilled }) => {
    for (let line = 0; line < Number(lines) && !isKilled(); line++) {
      await pause(Number(ms));
      out(`part ${line}\n`);
    }
    return 0;
  },
  /** Both streams and a code. */
  fail: ({ args: [code], out, err }) => {
    out('before\n');
    err('näin ei käy\n');
    return Number(code);
  },
  /** So many bytes of text. */
  bulk: ({ args: [size], out }) => {
    out(Buffer.alloc(Number(size), 'The quick brown fox. '));
    return 0;
  },
  /** Who and where it is. */
  whoami: ({ start, out }) => {
    const { user, environment, workingDirectory, codePage, commandLine } = start;
    out(JSON.stringify({ user, environment, workingDirectory, codePage, commandLine }));
    return 0;
  },
  /** Waits to be killed. */
  sleep: async ({ isKilled }) => {
    while (!isKilled()) await pause(5);
    return 1;
  },
};

/** Programs small enough to test an endpoint with; unlike PowerShell they need no script. */
export const toys: Program = {
  start(start: ProgramStart): RunningProgram {
    const [name = '', ...args] = start.commandLine.split(' ');
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    let killed: (() => void) | undefined;
    const kill = new Promise<number>((resolve) => {
      killed = () => {
        resolve(1);
      };
    });
    let isKilled = false;
    const toy = {
      args,
      start,
      out: (bytes: string | Buffer) => stdout.writableEnded || stdout.write(bytes),
      err: (bytes: string | Buffer) => stderr.writableEnded || stderr.write(bytes),
      isKilled: () => isKilled,
    };
    const run = async (): Promise<number> => (await TOYS[name]?.(toy)) ?? unknown(toy, name);
    const exit = Promise.race([run().catch(() => 1), kill]).then((code) => {
      stdout.end();
      stderr.end();
      return code;
    });
    return {
      stdout,
      stderr,
      exit,
      kill: () => {
        isKilled = true;
        killed?.();
      },
    };
  },
};

function unknown({ err }: Toy, name: string): number {
  err(`'${name}' is not recognized as an internal or external command.\r\n`);
  return 9009;
}

async function everything(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

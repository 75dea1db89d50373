import { PassThrough } from 'node:stream';
import type { Program, RunningProgram } from '../../../../sims/winrm/front/program';
import { ProgramEndpoint } from '../../test/program.endpoint';
import type { Batch } from './batch';
import { BatchError, PowerShellError } from './powershell.errors';
import { WorkerPool, type PoolOptions, type RunOptions } from './worker.pool';

interface Request {
  readonly id: string;
  readonly steps: readonly { readonly as: string; readonly cmd: string }[];
}
type Answers = (request: Request, process: number) => object | undefined | Promise<object | undefined>;

const frame = (id: string, kind: string, payload: unknown): string =>
  `#DCM1 ${id} ${kind} ${Buffer.from(JSON.stringify(payload)).toString('base64')}\r\n`;
const done = ({ steps }: Request): object => ({ ok: true, steps: steps.map(({ as }) => as), data: {}, ms: 1 });

/** A dispatcher whose answers a test writes; undefined is silence. */
class Scripted implements Program {
  readonly requests: [process: number, cmd: string][] = [];
  readonly processes: { readonly stdout: PassThrough; readonly stderr: PassThrough; kill(): void }[] = [];

  constructor(public answers: Answers) {}

  start({ stdin }: Parameters<Program['start']>[0]): RunningProgram {
    const number = this.processes.length;
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    let end: (code: number) => void = () => undefined;
    const exit = new Promise<number>((resolve) => (end = resolve));
    const kill = (): void => {
      end(-1);
    };
    this.processes.push({ stdout, stderr, kill });
    let isReady = false;
    stdin.on('data', (bytes: Buffer) => {
      for (const line of bytes.toString('latin1').trim().split('\n')) {
        if (!isReady) stdout.write(frame('0', 'ready', { pid: number }));
        else void this.answer(JSON.parse(Buffer.from(line, 'base64').toString('utf8')) as Request, number, stdout);
        isReady = true;
      }
    });
    return { stdout, stderr, exit, kill };
  }

  private async answer(request: Request, number: number, stdout: PassThrough): Promise<void> {
    const [step] = request.steps;
    if (step?.as !== 'opening') this.requests.push([number, step?.cmd ?? '']);
    const answer = step?.as === 'opening' ? done(request) : await this.answers(request, number);
    if (answer !== undefined) stdout.write(frame(request.id, 'result', answer));
  }
}

const look: Batch = { steps: [{ as: 'x', cmd: 'Get-SCJob' }], return: {} };
const change: Batch = { steps: [{ as: 'x', cmd: 'Start-SCVirtualMachine' }], return: {} };
const failed = (step: string, code: number, steps: string[] = []): object => ({
  ok: false,
  step,
  steps,
  error: { message: 'm', fqid: `${code},x`, vmmCode: code, dcm: null },
});

describe('warm processes', () => {
  const pools: WorkerPool[] = [];
  const noise: string[] = [];
  const aPool = (answers: Answers, changes: Partial<PoolOptions> = {}) => {
    const program = new Scripted(answers);
    const endpoint = new ProgramEndpoint(program);
    const pool = new WorkerPool({
      endpoint,
      startTimeoutMs: 1_000,
      maxAgeMs: 60_000,
      onNoise: (line) => noise.push(line),
      workers: 2,
      maxRequests: 100,
      opening: { steps: [{ as: 'opening', cmd: 'Get-SCVMMServer' }], return: {} },
      lostConnectionCode: 1615,
      ...changes,
    });
    pools.push(pool);
    const run = (batch: Batch, options: Partial<RunOptions> = {}) =>
      pool.run(batch, { signal: new AbortController().signal, timeoutMs: 1_000, ...options });
    return { program, endpoint, pool, run };
  };
  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
    noise.length = 0;
  });

  it('are started when they are needed, and used again', async () => {
    const { program, run } = aPool(done);
    for (let round = 0; round < 5; round += 1) await run(look);
    expect(program.processes).toHaveLength(1);
    await Promise.all([run(look), run(look), run(look)]);
    expect(program.processes).toHaveLength(2);
  });

  it('let a read pass while changes take long', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { run } = aPool(async (request) => {
      if (request.steps[0]?.cmd === 'Start-SCVirtualMachine') await gate;
      return done(request);
    });
    const changes = [run(change), run(change)];
    await run(look);
    release();
    await Promise.all(changes);
  });

  it('are ended when they are late, and the next request has a new one', async () => {
    const { program, run, endpoint } = aPool((request, process) => (process === 0 ? undefined : done(request)));
    await expect(run(change, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE', mayHaveActed: true });
    await run(change);
    expect([program.processes.length, endpoint.open.size]).toEqual([2, 1]);
  });

  it('are replaced after so many requests, and after anything on stderr', async () => {
    const { program, run } = aPool(done, { maxRequests: 2 });
    await run(look);
    await run(look);
    expect(program.processes).toHaveLength(2);
    const soiled = aPool(done);
    await soiled.run(look);
    soiled.program.processes[0]?.stderr.write('Get-SCJob : password=hunter2');
    await new Promise((resolve) => setImmediate(resolve));
    await soiled.run(look);
    expect(soiled.program.processes).toHaveLength(2);
    expect(noise.join()).toContain('Get-SCJob');
    expect(noise.join()).not.toContain('hunter2');
  });

  it('may write noise between their answers', async () => {
    const { program, run } = aPool((request, process) => {
      program.processes[process]?.stdout.write('WARNING: old module\r\n');
      return done(request);
    });
    await run(look);
    expect(noise).toEqual(['WARNING: old module']);
  });

  it('are asked again when a read is lost with its process, and not when a change is', async () => {
    const cutFirst: Answers = (request, process) => {
      if (process === 0) endpoint.cutAll();
      return process === 0 ? undefined : done(request);
    };
    let { endpoint, run, program } = aPool(cutFirst);
    await run(look);
    expect(program.requests).toHaveLength(2);
    ({ endpoint, run, program } = aPool(cutFirst));
    await expect(run(change)).rejects.toMatchObject({ code: 'LOST', mayHaveActed: true });
    expect(program.requests).toHaveLength(1);
  });

  it('are asked again for a change that was certainly not sent, and permission is asked again', async () => {
    const { endpoint, run } = aPool(done);
    await run(look);
    let asked = 0;
    const beforeSend = (): void => {
      asked += 1;
      if (asked === 1) endpoint.cutAll();
    };
    await run(change, { beforeSend });
    expect(asked).toBe(2);
  });

  it('connect anew when VMM has lost them, unless something was changed before', async () => {
    const once: Answers = (request, process) => (process === 0 ? failed('x', 1615) : done(request));
    const { program, run } = aPool(once);
    await run(change);
    expect(program.processes).toHaveLength(2);
    const acted = aPool(() => failed('y', 1615, ['x']));
    await expect(acted.run(change)).rejects.toBeInstanceOf(BatchError);
    expect(acted.program.processes).toHaveLength(1);
  });

  it('go on when their caller withdraws, and are free afterwards', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { program, run } = aPool(async (request) => {
      await gate;
      return done(request);
    });
    const controller = new AbortController();
    const withdrawn = run(change, { signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    await expect(withdrawn).rejects.toMatchObject({ code: 'ABORTED', mayHaveActed: true });
    release();
    await run(change);
    expect(program.processes).toHaveLength(1);
  });

  it('send nothing for one who has withdrawn, or may not', async () => {
    const { program, run } = aPool(done);
    await run(look);
    const before = program.requests.length;
    await expect(run(change, { signal: AbortSignal.abort() })).rejects.toMatchObject({ mayHaveActed: false });
    const refuse = (): never => {
      throw new Error('no');
    };
    await expect(run(change, { beforeSend: refuse })).rejects.toThrow('no');
    expect(program.requests).toHaveLength(before);
  });

  it('leave no shell when they are closed', async () => {
    const { endpoint, pool, run } = aPool(done);
    await Promise.all([run(look), run(look)]);
    await pool.close();
    expect(endpoint.open.size).toBe(0);
    await expect(run(look)).rejects.toBeInstanceOf(PowerShellError);
  });
});

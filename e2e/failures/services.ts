import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { isAlive, pidIn } from '../../tools/src/services/pid';
import { startPostgres, type RunningPostgres } from '../../tools/src/services/postgres.service';
import { startPrivateRabbit, type PrivateNode } from '../../tools/src/services/rabbitmq.private';
import { until } from './patience';

/** A server of this run's own that may be killed. */
export interface Victim {
  /** `kill -9` of all its processes. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number) : [];
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }
}

const untilGone = (what: string, pids: readonly number[]): Promise<true> =>
  until(`${what} is gone`, 10_000, () => (pids.some((pid) => isAlive(pid)) ? undefined : true));

/** A PostgreSQL cluster in a folder. */
export class PostgresVictim implements Victim {
  private constructor(
    private readonly folder: string,
    private running: RunningPostgres,
    private readonly dataFolder: string,
  ) {}

  static async start(folder: string): Promise<PostgresVictim> {
    const running = await startPostgres({ stateDir: folder });
    const client = new Client({ connectionString: running.url });
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    await client.end();
    return new PostgresVictim(folder, running, rows[0]?.data_directory ?? '');
  }

  get url(): string {
    return this.running.url;
  }

  /** The postmaster first, so that it starts nothing again. */
  async kill(): Promise<void> {
    const postmaster = pidIn(join(this.dataFolder, 'postmaster.pid'));
    if (postmaster === undefined) return;
    const pids = [postmaster, ...childrenOf(postmaster)];
    killAll(pids);
    await untilGone('PostgreSQL', pids);
  }

  async restart(): Promise<void> {
    this.running = await startPostgres({ stateDir: this.folder, port: Number(new URL(this.running.url).port) });
  }

  stop(): Promise<void> {
    return this.running.stop();
  }
}

/** A RabbitMQ node in a folder. */
export class RabbitVictim implements Victim {
  private constructor(
    private readonly folder: string,
    private node: PrivateNode,
  ) {}

  static async start(folder: string): Promise<RabbitVictim> {
    return new RabbitVictim(folder, await startPrivateRabbit(folder));
  }

  get url(): string {
    return this.node.url;
  }

  async kill(): Promise<void> {
    const pids = ['launcher.pid', 'pid'].map((file) => pidIn(join(this.folder, file)) ?? 0).filter((pid) => pid > 0);
    const ours = pids.filter((pid) => isAlive(pid, this.folder));
    killAll(ours);
    await untilGone('RabbitMQ', ours);
  }

  async restart(): Promise<void> {
    const before = this.node.url;
    this.node = await startPrivateRabbit(this.folder);
    if (this.node.url !== before) throw new Error('RabbitMQ came back at another address: its port was taken');
  }

  /** Its disk is lost: queues, exchanges and messages are gone. Call it while the node is dead. */
  wipe(): void {
    const disk = join(this.folder, 'mnesia');
    for (const entry of readdirSync(disk)) rmSync(join(disk, entry), { recursive: true, force: true });
  }

  stop(): Promise<void> {
    return this.node.stop();
  }
}

import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, portOrFree } from './free-port';
import { binaries, dataFolder, serverUser, type ServerUser } from './postgres.binaries';
import { endProcess, isAlive, pidIn } from './pid';

/** The superuser of the cluster. */
export const role = 'dcm';

interface Settings {
  readonly port: number;
  readonly password: string;
}

/** Enough for the product and its tests, small enough for a laptop. */
const parameters = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '200',
  timezone: 'UTC',
};
const stopGraceMs = 60_000;
const portLine = 3; // of postmaster.pid, counted from 0

/**
 * A PostgreSQL cluster in a state folder: its data, its port and password (`postgres.json`, mode 0600) and its server
 * process. The server belongs to no parent: whoever comes next finds it by the cluster's own pid file.
 */
export class PostgresCluster {
  readonly logFile: string;
  private readonly user: ServerUser;
  private readonly home: string;
  private readonly data: string;
  private readonly settingsFile: string;
  private readonly native: string;

  constructor(stateDir: string) {
    this.user = serverUser();
    this.home = dataFolder(stateDir, this.user);
    this.data = join(this.home, 'cluster');
    this.native = binaries(this.user);
    this.settingsFile = join(stateDir, 'postgres.json');
    this.logFile = join(stateDir, 'postgres.log');
  }

  get isRunning(): boolean {
    const pid = this.pid;
    return pid !== undefined && isAlive(pid, this.data);
  }

  /** Address of the maintenance database. A running server says itself on which port it listens. */
  get url(): string {
    const { password, port } = this.settings;
    const present = this.isRunning ? Number(this.pidFileLines[portLine]) : port;
    return `postgres://${role}:${password}@127.0.0.1:${present}/postgres`;
  }

  /**
   * Makes the cluster if there is none. The finished cluster gets its name last, so that a start that was cut short is
   * repeated and data never deleted.
   * @throws Error when there is a cluster whose password is lost.
   */
  async prepare(): Promise<void> {
    const unfinished = `${this.data}.new`;
    if (!existsSync(this.data)) {
      if (!existsSync(this.settingsFile) || !existsSync(unfinished)) await this.initialise(unfinished);
      renameSync(unfinished, this.data);
    }
    if (!existsSync(this.settingsFile)) {
      throw new Error(`Unable to open the database in ${this.data}: its password was in ${this.settingsFile}`);
    }
  }

  /**
   * Starts the server, on the wanted port, else on the remembered one or, if that is taken, on another.
   * @returns whether the server has ended.
   */
  async launch(port?: number): Promise<() => boolean> {
    this.write({ ...this.settings, port: port ?? (await portOrFree(this.settings.port)) });
    this.forgetForeignProcess();
    const settings = Object.entries({ ...parameters, port: String(this.settings.port) });
    const args = ['-D', this.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const log = openSync(this.logFile, 'a', 0o600);
    const child = spawn(join(this.native, 'bin', 'postgres'), args, {
      ...this.user,
      cwd: '/',
      detached: true,
      env: this.environment(),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    let failed = false;
    child.on('error', () => {
      failed = true;
    });
    return () => failed || child.exitCode !== null || child.signalCode !== null;
  }

  /** Ends the server without waiting for its clients ("fast" shutdown). */
  async stop(): Promise<void> {
    const pid = this.pid;
    if (pid === undefined || !this.isRunning) return;
    if (process.platform === 'win32') {
      this.execute('pg_ctl', ['-D', this.data, '-m', 'fast', '-w', 'stop']);
    } else if (!(await endProcess(pid, this.data, 'SIGINT', stopGraceMs))) {
      throw new Error(`PostgreSQL (process ${pid}) does not stop; its log is ${this.logFile}`);
    }
  }

  private get pidFile(): string {
    return join(this.data, 'postmaster.pid');
  }

  private get pid(): number | undefined {
    return pidIn(this.pidFile);
  }

  private get pidFileLines(): readonly string[] {
    return readFileSync(this.pidFile, 'utf8').split('\n');
  }

  /** PostgreSQL clears the pid file of a dead server, but not when the id is another program's by now. */
  private forgetForeignProcess(): void {
    const pid = this.pid;
    if (pid !== undefined && isAlive(pid) && !isAlive(pid, this.data)) rmSync(this.pidFile, { force: true });
  }

  private get settings(): Settings {
    return JSON.parse(readFileSync(this.settingsFile, 'utf8')) as Settings;
  }

  private write(settings: Settings): void {
    const unfinished = `${this.settingsFile}.new`;
    writeFileSync(unfinished, JSON.stringify(settings), { mode: 0o600 });
    renameSync(unfinished, this.settingsFile);
  }

  private async initialise(folder: string): Promise<void> {
    rmSync(folder, { recursive: true, force: true });
    rmSync(this.settingsFile, { force: true });
    const settings = { port: await freePort(), password: randomBytes(24).toString('hex') };
    const passwordFile = join(this.home, 'password');
    writeFileSync(passwordFile, settings.password, { mode: 0o600 });
    if (this.user.uid !== undefined && this.user.gid !== undefined) {
      chownSync(passwordFile, this.user.uid, this.user.gid);
    }
    const login = ['-U', role, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    try {
      this.execute('initdb', ['-D', folder, ...login, '-E', 'UTF8', '--no-locale', '--no-instructions']);
    } finally {
      rmSync(passwordFile, { force: true });
    }
    this.write(settings);
  }

  private execute(program: string, args: readonly string[]): void {
    const options = { ...this.user, cwd: '/', encoding: 'utf8', env: this.environment() } as const;
    const result = spawnSync(join(this.native, 'bin', program), args, options);
    if (result.status !== 0) throw new Error(`Unable to run ${program}: ${result.error?.message ?? result.stderr}`);
  }

  /** Nothing of this process's own environment, which may hold secrets, is the server's business. */
  private environment(): NodeJS.ProcessEnv {
    const { PATH, SystemRoot, TEMP } = process.env;
    return { LC_ALL: 'C', PATH, ...(process.platform === 'win32' ? { SystemRoot, TEMP } : {}) };
  }
}

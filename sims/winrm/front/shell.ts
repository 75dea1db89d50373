import { randomUUID } from 'node:crypto';
import { accessDenied, shellNotFound, tooManyShells } from './faults';
import type { ShellCommand } from './command';

/** What a shell is made with. */
export interface ShellSettings {
  readonly owner: string;
  readonly clientIp: string;
  readonly name?: string;
  readonly idleTimeoutMs: number;
  readonly codePage: number;
  readonly workingDirectory?: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A remote shell: it belongs to an account and dies when nobody asks for it. */
export class RemoteShell {
  readonly id = randomUUID().toUpperCase();
  readonly commands = new Map<string, ShellCommand>();
  private readonly createdAt = performance.now();
  private touchedAt = this.createdAt;
  private underWay = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly settings: ShellSettings,
    private readonly expire: (shell: RemoteShell) => void,
  ) {
    this.restartTimer();
  }

  /** Runs a request for this shell; while it is under way the shell is not idle. */
  async use<T>(request: () => Promise<T>): Promise<T> {
    this.underWay += 1;
    clearTimeout(this.timer);
    try {
      return await request();
    } finally {
      this.underWay -= 1;
      this.touchedAt = performance.now();
      if (this.underWay === 0) this.restartTimer();
    }
  }

  /** Milliseconds since it was made. */
  runTimeMs(): number {
    return performance.now() - this.createdAt;
  }

  /** Milliseconds since the last request ended; none while one is under way. */
  inactivityMs(): number {
    return this.underWay > 0 ? 0 : performance.now() - this.touchedAt;
  }

  end(): void {
    this.isEnded = true;
    clearTimeout(this.timer);
    for (const command of this.commands.values()) command.kill();
  }

  /** Whether it was deleted, perhaps while a request for it was under way. */
  isEnded = false;

  private restartTimer(): void {
    if (this.isEnded) return;
    this.timer = setTimeout(() => {
      this.expire(this);
    }, this.settings.idleTimeoutMs);
    this.timer.unref();
  }
}

/** The shells of a machine. */
export class ShellTable {
  private readonly shells = new Map<string, RemoteShell>();

  /** @param maxPerUser WinRM's MaxShellsPerUser */
  constructor(private readonly maxPerUser: () => number) {}

  /** @throws ServiceFault when the account has as many as it may have */
  create(settings: ShellSettings): RemoteShell {
    if (this.ofOwner(settings.owner).length >= this.maxPerUser()) throw tooManyShells(this.maxPerUser());
    const shell = new RemoteShell(settings, (expired) => {
      this.remove(expired);
    });
    this.shells.set(shell.id, shell);
    return shell;
  }

  /** @throws ServiceFault when there is none or it is another account's */
  get(id: string, owner: string): RemoteShell {
    const shell = this.shells.get(id);
    if (shell === undefined) throw shellNotFound(id);
    if (shell.settings.owner !== owner) throw accessDenied();
    return shell;
  }

  ofOwner(owner: string): readonly RemoteShell[] {
    return this.all().filter((shell) => shell.settings.owner === owner);
  }

  all(): readonly RemoteShell[] {
    return [...this.shells.values()];
  }

  remove(shell: RemoteShell): void {
    this.shells.delete(shell.id);
    shell.end();
  }
}

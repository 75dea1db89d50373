import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stackFile } from './paths';

/** A demo site with what somebody else's client needs to look into its hypervisor. */
export interface StackSite {
  readonly platform: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM of the certificate authority, or null for a publicly trusted one. */
  readonly ca: string | null;
}

/** `.dcm/stack.json` (mode 0600): tells tools what runs. */
export interface StackFile {
  readonly gateway: { readonly url: string };
  /** A tenant administrator's token of the demo tenant. */
  readonly token: string;
  /** A platform administrator's token. */
  readonly adminToken: string;
  readonly tenantId: string;
  readonly projects: Readonly<Record<string, string>>;
  readonly sites: Readonly<Record<string, StackSite>>;
  readonly amqpUrl: string | null;
  readonly databaseUrl: string;
  readonly supervisor: number;
  readonly pids: Readonly<Record<string, readonly number[]>>;
}

/** Writes a file that only its owner may read, so that a reader never sees half of it. */
export function writePrivately(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export const writeStackFile = (stack: StackFile): void => {
  writePrivately(stackFile(), `${JSON.stringify(stack, null, 2)}\n`);
};

export const readStackFile = (): StackFile | undefined =>
  existsSync(stackFile()) ? (JSON.parse(readFileSync(stackFile(), 'utf8')) as StackFile) : undefined;

export const removeStackFile = (): void => {
  rmSync(stackFile(), { force: true });
};

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

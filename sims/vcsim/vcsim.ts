import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { vcsimArguments, type VcsimOptions } from './arguments';
import { buildVcsim } from './build';
import { endProgram, spawnProgram, untilReady } from './program';

export type { VcsimOptions, VcsimTemplate } from './arguments';
export { buildVcsim, VcsimUnavailable } from './build';

/** A vCenter to work against: one of ours or one that somebody named. */
export interface VcsimTarget {
  /** SDK address, e.g. `https://127.0.0.1:8989/sdk`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** CA certificate in PEM, when the address is HTTPS and its CA is not a public one. */
  readonly ca?: string;
  /** SHA-256 fingerprint of the server certificate, in the place of a CA. */
  readonly pin?: string;
  stop(): Promise<void>;
}

/** A simulated vCenter that this process has started. */
export interface Vcsim extends VcsimTarget {
  readonly pid: number;
}

/**
 * The vCenter that `VCSIM_URL` names (with `VCSIM_USERNAME`, `VCSIM_PASSWORD` and `VCSIM_CA`, a PEM file, or
 * `VCSIM_PIN`), else a simulator started for the caller.
 * @throws VcsimUnavailable when none is named and none can be built.
 */
export async function vcsimTarget(options: VcsimOptions = {}): Promise<VcsimTarget> {
  const {
    VCSIM_URL: url,
    VCSIM_USERNAME: username,
    VCSIM_PASSWORD: password,
    VCSIM_CA: caFile,
    VCSIM_PIN: pin,
  } = process.env;
  if (url === undefined || url === '') return startVcsim(options);
  return {
    url,
    username: username ?? '',
    password: password ?? '',
    ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }),
    ...(pin === undefined ? {} : { pin }),
    stop: () => Promise.resolve(),
  };
}

/**
 * Starts a simulated vCenter and waits until it listens. It ends with this process unless `dieWithParent` is false.
 * @throws VcsimUnavailable when it cannot be built or does not start.
 */
export async function startVcsim(options: VcsimOptions = {}): Promise<Vcsim> {
  const program = await buildVcsim();
  const scratch = mkdtempSync(path.join(tmpdir(), 'dcm-vcsim-ca-'));
  try {
    return await launch(program, options, path.join(scratch, 'ca.pem'));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function launch(program: string, options: VcsimOptions, caFile: string): Promise<Vcsim> {
  const username = options.username ?? 'dcm@vsphere.local';
  const password = options.password ?? randomBytes(12).toString('hex');
  const tls = options.tls !== false;
  const args = [...vcsimArguments(options), `-user=${username}`, ...(tls ? ['-tls', `-ca-out=${caFile}`] : [])];
  const running = spawnProgram(program, args, { ...options, password });
  const url = await untilReady(running);
  return {
    url,
    username,
    password,
    pid: running.child.pid ?? 0,
    ...(tls ? { ca: readFileSync(caFile, 'utf8') } : {}),
    stop: () => endProgram(running.child),
  };
}

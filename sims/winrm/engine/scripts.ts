import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';

/** Where the Hyper-V provisioner keeps its scripts: in the repository, seen from the sources or from what is built below `dist`. */
const FOLDERS = ['../../..', '../../../..'].map((root) =>
  path.resolve(__dirname, root, 'apps/provisioner-hyperv/src/ps'),
);

/** The two scripts that the simulator runs, known by their fingerprints, and what the second one allows. */
export interface Scripts {
  readonly bootstrapSha256: string;
  readonly dispatcherSha256: string;
  /** Cmdlets on the dispatcher's list, in its letters. */
  readonly allowed: ReadonlySet<string>;
}

/** SHA-256 in hex. */
export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

/**
 * Reads the scripts once, at start.
 * @throws Error when a file is missing, or the list cannot be found in the dispatcher.
 */
export function readScripts(given?: string): Scripts {
  const folder = given ?? FOLDERS.find((one) => existsSync(path.join(one, 'dispatch.ps1'))) ?? FOLDERS.join(' or ');
  const [bootstrap, dispatcher] = ['bootstrap.ps1', 'dispatch.ps1'].map((name) =>
    readFileSync(path.join(folder, name)),
  );
  if (bootstrap === undefined || dispatcher === undefined) throw new Error(`Unable to read the scripts in ${folder}`);
  const list = /DcmAllowed\s*=\s*@\{\s*scvmm\s*=\s*@\(([^)]*)\)/.exec(dispatcher.toString('utf8'))?.[1];
  const names = [...(list ?? '').matchAll(/'([A-Za-z]+-[A-Za-z]+)'/g)].map(([, name = '']) => name);
  if (names.length === 0) throw new Error(`Unable to find the list of allowed cmdlets in ${folder}`);
  return {
    bootstrapSha256: sha256(bootstrap),
    dispatcherSha256: sha256(dispatcher),
    allowed: new Set(names),
  };
}

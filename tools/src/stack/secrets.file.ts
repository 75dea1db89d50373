import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir } from './paths';
import { writePrivately } from './stack.file';

/** What a demo installation makes up once and keeps: never in an environment that outlives it, never in the repository. */
export interface StackSecrets {
  readonly installationKey: string;
  readonly adminToken: string;
  /** The password of each demo site's hypervisor, by the site's name. */
  readonly sitePasswords: Readonly<Record<string, string>>;
  /** The demo tenant's token, once it was created. */
  readonly tenantToken: string | null;
}

const file = (): string => join(stateDir(), 'secrets.json');

export function loadSecrets(): StackSecrets {
  if (existsSync(file())) {
    // A file that an earlier version left behind may lack what came since.
    return { sitePasswords: {}, ...(JSON.parse(readFileSync(file(), 'utf8')) as Omit<StackSecrets, 'sitePasswords'>) };
  }
  const secrets: StackSecrets = {
    installationKey: randomBytes(32).toString('hex'),
    adminToken: `dcm_bootstrap_${randomBytes(32).toString('hex')}`,
    sitePasswords: {},
    tenantToken: null,
  };
  saveSecrets(secrets);
  return secrets;
}

export const saveSecrets = (secrets: StackSecrets): void => {
  writePrivately(file(), `${JSON.stringify(secrets, null, 2)}\n`);
};

/** The secrets with a password for each of these demo sites; one that has none yet gets its own. */
export function withPasswords(secrets: StackSecrets, sites: readonly string[]): StackSecrets {
  const fresh = sites.filter((site) => secrets.sitePasswords[site] === undefined);
  if (fresh.length === 0) return secrets;
  const made = fresh.map((site) => [site, randomBytes(16).toString('hex')] as const);
  const filled = { ...secrets, sitePasswords: { ...secrets.sitePasswords, ...Object.fromEntries(made) } };
  saveSecrets(filled);
  return filled;
}

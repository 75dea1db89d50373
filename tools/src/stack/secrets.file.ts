import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir } from './paths';
import { writePrivately } from './stack.file';

/** What a demo installation makes up once and keeps: never in an environment that outlives it, never in the repository. */
export interface StackSecrets {
  readonly installationKey: string;
  readonly adminToken: string;
  readonly vspherePassword: string;
  /** The demo tenant's token, once it was created. */
  readonly tenantToken: string | null;
}

const file = (): string => join(stateDir(), 'secrets.json');

export function loadSecrets(): StackSecrets {
  if (existsSync(file())) return JSON.parse(readFileSync(file(), 'utf8')) as StackSecrets;
  const secrets: StackSecrets = {
    installationKey: randomBytes(32).toString('hex'),
    adminToken: `dcm_bootstrap_${randomBytes(32).toString('hex')}`,
    vspherePassword: randomBytes(16).toString('hex'),
    tenantToken: null,
  };
  saveSecrets(secrets);
  return secrets;
}

export const saveSecrets = (secrets: StackSecrets): void => {
  writePrivately(file(), `${JSON.stringify(secrets, null, 2)}\n`);
};

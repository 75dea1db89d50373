import { parseArgs } from 'node:util';
import type { ProxmoxOptions } from './options';

/** What the program takes besides the cluster's options. */
export interface ProgramOptions extends ProxmoxOptions {
  /** File for the authority's certificate. */
  readonly caOut?: string;
  /** Ends when its standard input closes. */
  readonly dieWithParent: boolean;
}

const NUMBERS = {
  port: 'port',
  speed: 'speed',
  strangers: 'strangers',
  'task-delay': 'taskDelayMs',
  'resource-lag': 'resourceLagMs',
  'guest-delay': 'guestDelayMs',
  'address-delay': 'addressDelayMs',
  'auth-delay': 'authDelayMs',
} as const;

type NumberFlag = keyof typeof NUMBERS;

function numberOf(flag: string, value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number) || number < 0) throw new Error(`--${flag} is not a number: '${value}'`);
  return number;
}

const cloneDelay = (value: string | undefined): Pick<ProxmoxOptions, 'taskDelayMs'> =>
  value === undefined ? {} : { taskDelayMs: { qmclone: numberOf('clone-delay', value) } };

/**
 * Reads flags; the password and the token's secret come by the environment (`PROXMOX_PASSWORD`, `PROXMOX_TOKEN_SECRET`),
 * so that no list of processes shows them.
 * @throws Error that names the flag and what is wrong with it
 */
export function programOptions(args: readonly string[], env: NodeJS.ProcessEnv): ProgramOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      version: { type: 'string' },
      'ca-out': { type: 'string' },
      'die-with-parent': { type: 'boolean' },
      host: { type: 'string' },
      san: { type: 'string', multiple: true },
      'clone-delay': { type: 'string' },
      ...(Object.fromEntries(Object.keys(NUMBERS).map((flag) => [flag, { type: 'string' }])) as Record<
        NumberFlag,
        { type: 'string' }
      >),
    },
  });
  const { version } = values;
  if (version !== undefined && version !== '8.4' && version !== '9.2') {
    throw new Error(`--version is neither 8.4 nor 9.2: '${version}'`);
  }
  const numbers = (Object.keys(NUMBERS) as NumberFlag[]).flatMap((flag) => {
    const value = values[flag];
    return value === undefined ? [] : [[NUMBERS[flag], numberOf(flag, value)] as const];
  });
  const { PROXMOX_PASSWORD: password, PROXMOX_TOKEN_SECRET: tokenSecret } = env;
  return {
    dieWithParent: values['die-with-parent'] === true,
    ...(Object.fromEntries(numbers) as Partial<Record<(typeof NUMBERS)[NumberFlag], number>>),
    ...(version === undefined ? {} : { version }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.san === undefined ? {} : { names: values.san }),
    ...cloneDelay(values['clone-delay']),
    ...(values['ca-out'] === undefined ? {} : { caOut: values['ca-out'] }),
    ...(password === undefined ? {} : { password }),
    ...(tokenSecret === undefined ? {} : { tokenSecret }),
  };
}

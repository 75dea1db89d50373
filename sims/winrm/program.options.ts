import { parseArgs } from 'node:util';
import type { WinrmOptions } from './options';

/** What the program takes besides the site's options. */
export interface ProgramOptions extends WinrmOptions {
  /** File for the certificate. */
  readonly caOut?: string;
  /** Ends when its standard input closes. */
  readonly dieWithParent: boolean;
}

const NUMBERS = {
  'http-port': 'httpPort',
  'https-port': 'httpsPort',
  speed: 'speed',
  strangers: 'vms',
  'cluster-hosts': 'clusterHosts',
  'standalone-hosts': 'standaloneHosts',
  'host-cpus': 'hostCpus',
  'host-memory': 'hostMemoryGib',
  'volume-size': 'volumeGib',
  'start-delay': 'startMs',
  'import-delay': 'importMs',
  'cmdlet-delay': 'cmdletMs',
} as const;

type NumberFlag = keyof typeof NUMBERS;

/**
 * Reads flags; the password comes by the environment (`WINRM_PASSWORD`), so that no list of processes shows it.
 * @throws Error that names the flag and what is wrong with it.
 */
export function programOptions(args: readonly string[], env: NodeJS.ProcessEnv): ProgramOptions {
  const flags = Object.fromEntries(Object.keys(NUMBERS).map((flag) => [flag, { type: 'string' }]));
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      san: { type: 'string' },
      locale: { type: 'string' },
      'create-delay': { type: 'string' },
      'ca-out': { type: 'string' },
      'die-with-parent': { type: 'boolean' },
      ...(flags as Record<NumberFlag, { type: 'string' }>),
    },
  });
  const { host, san, locale } = values;
  if (locale !== undefined && locale !== 'en' && locale !== 'de')
    throw new Error(`--locale is neither en nor de: '${locale}'`);
  const numbers = (Object.keys(NUMBERS) as NumberFlag[]).flatMap((flag) => {
    const value = values[flag];
    return value === undefined ? [] : [[NUMBERS[flag], numberOf(flag, value)] as const];
  });
  const create = values['create-delay'];
  const { WINRM_PASSWORD: password } = env;
  return {
    dieWithParent: values['die-with-parent'] === true,
    ...(Object.fromEntries(numbers) as Partial<Record<(typeof NUMBERS)[NumberFlag], number>>),
    ...(host === undefined ? {} : { host }),
    ...(san === undefined ? {} : { san }),
    ...(locale === undefined ? {} : { locale }),
    ...(create === undefined ? {} : { jobMs: { create: numberOf('create-delay', create) } }),
    ...(values['ca-out'] === undefined ? {} : { caOut: values['ca-out'] }),
    ...(password === undefined ? {} : { password }),
  };
}

function numberOf(flag: string, value: string): number {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number) || number < 0) throw new Error(`--${flag} is not a number: '${value}'`);
  return number;
}

import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { DcmError, parseOrThrow } from '@dcm/contracts';

/** Environment variables by name, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const valueOf = (env: Environment, name: string): string | undefined => {
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return env[name] === '' ? undefined : env[name];
  try {
    return readFileSync(file, 'utf8').trimEnd();
  } catch (cause) {
    throw new DcmError('INVALID_REQUEST', `Unable to read configuration ${name}_FILE: ${file} is not readable`, {
      cause,
    });
  }
};

/**
 * Reads the variables that the schema names; `NAME_FILE` takes the value from a file, so that secrets need not stand in the environment.
 * @throws DcmError INVALID_REQUEST naming each variable that is missing or wrong; the value is never shown.
 */
export function loadConfig<S extends z.ZodObject>(schema: S, env: Environment = process.env): z.output<S> {
  const entries = Object.keys(schema.shape).map((name) => [name, valueOf(env, name)] as const);
  return parseOrThrow(
    schema,
    Object.fromEntries(entries.filter(([, value]) => value !== undefined)),
    'the configuration',
    'environment',
  );
}

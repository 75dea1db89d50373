import { getPriority, setPriority } from 'node:os';
import { z } from 'zod';
import { loadConfig, type Environment } from './config';
import type { Log } from './log';

const schema = z.object({ DCM_NICE: z.coerce.number().int().min(0).max(19).default(0) });

/**
 * Lets this process stand back when the machine is full, by `DCM_NICE`: 0 (the default) changes nothing, 19 yields to everybody. What stands
 * behind the door is durable and may wait a little; whoever asks at the door may not. The scheduler lets no process starve for it.
 * A process that was started to stand back further stays where it is.
 * @param set gives this process its priority.
 * @throws DcmError INVALID_REQUEST for what is no whole number from 0 to 19.
 * @see setpriority(2)
 */
export function standBack(env: Environment, log: Log, set: (nice: number) => void = setPriority): void {
  const { DCM_NICE: nice } = loadConfig(schema, env);
  if (nice <= getPriority()) return;
  try {
    set(nice);
  } catch (error) {
    log.warn({ error: String(error), nice }, 'this process keeps its priority: the system refuses another one');
  }
}

import type { StackFile } from '../../tools/src/stack/stack.file';
import { call } from '../stack';
import { cpuBetween, cpuTimes, postmasterOf, rabbitPids, type CpuTimes, type Watched } from './cpu';

/** Everything whose processor time a request of the product may cost. */
export async function watchedOf(
  { pids, databaseUrl }: Pick<StackFile, 'pids' | 'databaseUrl'>,
  others: Readonly<Record<string, readonly number[]>> = {},
): Promise<Watched> {
  const postmaster = await postmasterOf(databaseUrl);
  return {
    pids: { ...pids, ...others, rabbitmq: rabbitPids() },
    ...(postmaster !== undefined && { families: { postgres: postmaster } }),
  };
}

/** Runs `work` and says how much processor time each part used meanwhile, in milliseconds. */
export async function metered<T>(watched: Watched, work: () => Promise<T>): Promise<{ value: T; cpuMs: CpuTimes }> {
  const before = cpuTimes(watched);
  const value = await work();
  return { value, cpuMs: cpuBetween(before, cpuTimes(watched)) };
}

/** A project on the first demo site, of its own, so that its VMs can be told apart. */
export async function newProject(
  stack: StackFile,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const site = Object.keys(stack.projects)[0] ?? '';
  const body = { tenantId: stack.tenantId, name, site, ...more };
  return String((await call(stack, 'POST', '/v1/projects', body))['id']);
}

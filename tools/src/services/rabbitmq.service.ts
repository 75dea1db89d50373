import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { serverProgram, startPrivateRabbit } from './rabbitmq.private';
import { answersAmqp } from './rabbitmq.probe';

export interface FoundRabbit {
  readonly url: string;
  /** given: `AMQP_URL` named it; local: it answered on this machine; private: a node that we started. */
  readonly kind: 'given' | 'local' | 'private';
  /** Where a `rabbitmqctl` lies that speaks to a private node. */
  readonly bin?: string;
  stop(): Promise<void>;
}

/** Where a broker of this machine answers. */
export const localUrl = 'amqp://guest:guest@127.0.0.1:5672';
const nothing = (): Promise<void> => Promise.resolve();

/**
 * The broker to use: `AMQP_URL`, else one that answers on 127.0.0.1:5672, else a private node where the program is installed.
 * @returns null where none can be had: then the in-process broker is left.
 */
export async function findRabbit(stateDir: string, env: NodeJS.ProcessEnv = process.env): Promise<FoundRabbit | null> {
  const given = env['AMQP_URL'];
  if (given !== undefined && given !== '') return { url: given, kind: 'given', stop: nothing };
  if (await answersAmqp(localUrl)) return { url: localUrl, kind: 'local', stop: nothing };
  if (serverProgram('rabbitmq-server') === undefined) return null;
  const node = await startPrivateRabbit(join(stateDir, 'rabbitmq'));
  return { url: node.url, kind: 'private', bin: node.bin, stop: () => node.stop() };
}

const control = (...args: string[]): boolean =>
  spawnSync('rabbitmqctl', ['-q', ...args], { stdio: 'ignore' }).status === 0;

/** A virtual host that exists for one test run. */
export interface OwnVhost {
  readonly url: string;
  /** Deletes the virtual host with all that is in it. */
  drop(): void;
}

/**
 * Makes a virtual host on the local broker, to which the URL's user has all rights, so that runs do not meet.
 * @returns undefined where this process may not administer the broker, for instance because it is not root.
 */
export function createVhost(url: string, name: string): OwnVhost | undefined {
  const own = new URL(url);
  if (!control('add_vhost', name)) return undefined;
  const drop = (): void => {
    control('delete_vhost', name);
  };
  if (!control('set_permissions', '-p', name, decodeURIComponent(own.username), '.*', '.*', '.*')) {
    drop();
    return undefined;
  }
  own.pathname = `/${encodeURIComponent(name)}`;
  return { url: own.toString(), drop };
}

/**
 * A virtual host of this installation's own on the local broker, so that two clones on one machine do not meet.
 * @returns the URL as it is where this process may not administer the broker.
 */
export function inOwnVhost(url: string, name: string): string {
  const own = new URL(url);
  const isOurs = control('add_vhost', name) || control('list_permissions', '-p', name);
  if (!isOurs || !control('set_permissions', '-p', name, decodeURIComponent(own.username), '.*', '.*', '.*'))
    return url;
  own.pathname = `/${name}`;
  return own.toString();
}

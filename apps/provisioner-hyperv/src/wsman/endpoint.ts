import { setTimeout as pause } from 'node:timers/promises';
import type { CallOptions, Endpoint, EndpointOptions, Shell, ShellInfo, ShellOptions } from './api';
import { endpointSettings, idleTimeoutOf, type EndpointSettings } from './endpoint.options';
import { Channel } from './http/channel';
import { isLeftover, shellName } from './leftovers.policy';
import { hasEnded, ownIdentity } from './process.identity';
import { OpenShell } from './shell';
import {
  createdShellId,
  createShell,
  deleteShell,
  enumerateShells,
  pullShells,
  shellPage,
} from './soap/shell.messages';
import { isWsmanError, WsmanError } from './wsman.errors';

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;
const MAX_PAGES = 100;
/** How much later than the operation's time and the answer's a living process may come for more. */
const SILENCE_MARGIN_MS = 60_000;

/**
 * Makes the client of an endpoint; it does not connect yet.
 * @throws WsmanError INVALID_OPTION, which names the option.
 */
export function connect(options: EndpointOptions): Endpoint {
  return new WsmanEndpoint(endpointSettings(options));
}

class WsmanEndpoint implements Endpoint {
  private readonly own = ownIdentity();
  private readonly channel: Channel;
  private isClosed = false;

  constructor(private readonly settings: EndpointSettings) {
    this.channel = new Channel(settings.target);
  }

  /** The shell gets a connection of its own, on which it is made: who opens many does not queue. */
  async openShell(options: ShellOptions = {}): Promise<Shell> {
    const { signal } = options;
    const name = shellName(this.settings.clientName, this.own);
    const settings = { ...options, idleTimeoutMs: idleTimeoutOf(options), name };
    const control = new Channel(this.settings.target);
    try {
      const id = await this.whenThereIsRoom(signal, () => control.call(createShell(settings), createdShellId, signal));
      return new OpenShell(this.settings.target, control, id, name);
    } catch (error) {
      control.close();
      throw error;
    }
  }

  async shells({ signal }: CallOptions = {}): Promise<readonly ShellInfo[]> {
    const shells: ShellInfo[] = [];
    let page = await this.channel.call(enumerateShells(), shellPage, signal);
    shells.push(...page.shells);
    for (let pages = 1; page.context !== undefined; pages++) {
      if (pages === MAX_PAGES) throw new WsmanError('BAD_ANSWER', 'Unable to list the shells: the list does not end');
      page = await this.channel.call(pullShells(page.context), shellPage, signal);
      shells.push(...page.shells);
    }
    return shells;
  }

  async deleteLeftovers({ signal }: CallOptions = {}): Promise<readonly string[]> {
    const { clientName, target } = this.settings;
    const abandonedAfterMs = target.operationTimeoutMs + target.answerGraceMs + SILENCE_MARGIN_MS;
    const rule = { clientName, own: this.own, hasEnded, abandonedAfterMs };
    const deleted: string[] = [];
    for (const shell of await this.shells({ ...(signal === undefined ? {} : { signal }) })) {
      if (isLeftover(shell, rule) && (await this.deleteShell(shell.id, signal))) deleted.push(shell.id);
    }
    return deleted;
  }

  close(): void {
    this.isClosed = true;
    this.channel.close();
  }

  /** @returns false when it was gone already, or is another account's */
  private async deleteShell(id: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.channel.call(deleteShell(id), () => undefined, signal);
      return true;
    } catch (error) {
      if (isWsmanError(error, 'SHELL_GONE', 'ACCESS_DENIED')) return false;
      throw error;
    }
  }

  /** Repeats what a quota refuses, ever more slowly, until the wait is over. */
  private async whenThereIsRoom<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.settings.quotaWaitMs;
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      if (this.isClosed) throw new WsmanError('CLOSED', 'Unable to open a shell: the endpoint was closed here');
      try {
        return await call();
      } catch (error) {
        const jittered = wait * (0.75 + Math.random() / 2);
        if (!isWsmanError(error, 'QUOTA') || performance.now() + jittered > until) throw error;
        await pause(jittered, undefined, signal === undefined ? {} : { signal }).catch((cause: unknown) => {
          throw new WsmanError('ABORTED', 'Gave up waiting for a free shell', { cause });
        });
      }
    }
  }
}

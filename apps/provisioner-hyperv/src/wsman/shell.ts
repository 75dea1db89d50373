import type { CallOptions, Command, CommandOptions, Shell } from './api';
import { StartedCommand } from './command';
import { Channel, type ChannelTarget } from './http/channel';
import { deleteShell, startCommand, startedCommandId } from './soap/shell.messages';
import { isWsmanError, WsmanError } from './wsman.errors';

/** How long a server may take to delete a shell before it is left to its idle timeout. */
const DELETE_MS = 10_000;
const MAX_DEADLINE_MS = 2 ** 31 - 1;

const ignore = (): void => undefined;

/** A shell that was opened over `control`. */
export class OpenShell implements Shell {
  private readonly commands = new Set<StartedCommand>();
  private closing: Promise<void> | undefined;

  constructor(
    private readonly target: ChannelTarget,
    private readonly control: Channel,
    readonly id: string,
    readonly name: string,
  ) {}

  async command(options: CommandOptions): Promise<Command> {
    const { program, arguments: args = [], deadlineMs, signal } = options;
    if (!Number.isInteger(deadlineMs) || deadlineMs < 1 || deadlineMs > MAX_DEADLINE_MS) {
      throw new WsmanError('INVALID_OPTION', 'Unable to use deadlineMs: it must be a positive whole number below 2^31');
    }
    const commandId = await this.control.call(startCommand(this.id, program, args), startedCommandId, signal);
    const command = new StartedCommand(this.target, this.control, { shellId: this.id, commandId }, options);
    this.commands.add(command);
    void command.exitCode.catch(ignore).finally(() => this.commands.delete(command));
    return command;
  }

  close({ signal }: CallOptions = {}): Promise<void> {
    this.closing ??= this.delete(signal);
    return this.closing;
  }

  /** A control connection on which something hangs would keep the shell alive: then another one takes the word. */
  private async delete(signal: AbortSignal | undefined): Promise<void> {
    const limit = AbortSignal.timeout(DELETE_MS);
    const channel = this.control.isBusy() ? new Channel(this.target) : this.control;
    for (const command of this.commands) command.release();
    try {
      await channel.call(deleteShell(this.id), ignore, signal === undefined ? limit : AbortSignal.any([signal, limit]));
    } catch (error) {
      if (!isWsmanError(error, 'SHELL_GONE')) throw error;
    } finally {
      channel.close();
      this.control.close();
    }
  }
}

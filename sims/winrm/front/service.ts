import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { ShellCommand, type Noise } from './command';
import { milliseconds, writeAnswer, type Request } from './envelope';
import {
  badRequest,
  commandNotFound,
  operationTimedOut,
  pipeClosed,
  shellEnded,
  shellNotFound,
  tooManyProcesses,
  unknownResource,
} from './faults';
import { listShells, shellXml } from './listing';
import { actionOf, Uri, type Operation } from './names';
import type { Program } from './program';
import { ShellTable, type RemoteShell, type ShellSettings } from './shell';
import { childOf, childrenOf, escaped, type Element } from './xml';

/** Limits and manners of the service; may be changed while it runs. */
export interface ServiceLimits {
  /** WinRM's MaxShellsPerUser. */
  maxShellsPerUser: number;
  /** WinRM's MaxProcessesPerShell. */
  maxProcessesPerShell: number;
  /** WinRM's IdleTimeout: of shells that ask for none. */
  idleTimeoutMs: number;
  /** Size of a piece of output at most: cuts fall anywhere. */
  pieceBytes: number;
}

/** Who asks. */
export interface Caller {
  readonly account: string;
  readonly address: string;
}

type InShell = Exclude<Operation, 'Create' | 'Enumerate' | 'Pull'>;

const COMMAND_SHELL = `${Uri.shell}/cmd`;
/** CreateProcess and cmd.exe take no longer command lines. */
const LONGEST_LINE = 32_767;
const LONGEST_CMD_LINE = 8_191;
const ENVELOPE_OVERHEAD = 4_000;

/** The remote shell service: what is behind the door. @see MS-WSMV 3.2 */
export class ShellService {
  readonly shells: ShellTable;

  constructor(
    private readonly program: Program,
    private readonly limits: ServiceLimits,
  ) {
    this.shells = new ShellTable(() => this.limits.maxShellsPerUser);
  }

  /**
   * Serves a request.
   * @returns the envelope of the answer
   * @throws ServiceFault
   */
  async serve(request: Request, caller: Caller, noise: Noise): Promise<string> {
    const body = await this.bodyOf(request, caller, noise);
    return writeAnswer(`${actionOf(request.operation)}Response`, request.messageId, body);
  }

  private bodyOf(request: Request, caller: Caller, noise: Noise): Promise<string> | string {
    const { operation } = request;
    if (operation === 'Create') return this.create(request, caller);
    if (operation === 'Enumerate' || operation === 'Pull') {
      return listShells(request, this.shells.ofOwner(caller.account));
    }
    if (request.shellId === undefined) throw shellNotFound('');
    const shell = this.shells.get(request.shellId, caller.account);
    return shell.use(async () => this.inShell(operation, request, shell, noise));
  }

  private inShell(operation: InShell, request: Request, shell: RemoteShell, noise: Noise): Promise<string> | string {
    switch (operation) {
      case 'Delete':
        this.shells.remove(shell);
        return '';
      case 'Command':
        return this.start(request, shell, noise);
      case 'Receive':
        return this.receive(request, shell);
      case 'Send':
        return this.send(request, shell);
      case 'Signal':
        return this.signal(request, shell);
    }
  }

  private create({ resourceUri, options, body }: Request, { account, address }: Caller): string {
    if (resourceUri !== COMMAND_SHELL) throw unknownResource(resourceUri);
    const wanted = childOf(body, Uri.shell, 'Shell');
    const shell = this.shells.create({
      owner: account,
      clientIp: address,
      codePage: Number(options.get('WINRS_CODEPAGE') ?? 437),
      ...wishesOf(wanted),
      idleTimeoutMs: milliseconds(textOf(wanted, 'IdleTimeOut').trim()) ?? this.limits.idleTimeoutMs,
    });
    const reference = `<w:ResourceURI>${COMMAND_SHELL}</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">${shell.id}</w:Selector></w:SelectorSet>`;
    return `<x:ResourceCreated><a:Address>${Uri.addressing}/role/anonymous</a:Address><a:ReferenceParameters>${reference}</a:ReferenceParameters></x:ResourceCreated>${shellXml(shell)}`;
  }

  private start({ options, body }: Request, shell: RemoteShell, noise: Noise): string {
    if (shell.commands.size >= this.limits.maxProcessesPerShell) {
      throw tooManyProcesses(this.limits.maxProcessesPerShell);
    }
    const line = childOf(body, Uri.shell, 'CommandLine');
    const command = childOf(line, Uri.shell, 'Command')?.text ?? '';
    if (command === '') throw badRequest('it has no Command');
    const commandLine = [command, ...childrenOf(line, Uri.shell, 'Arguments').map(({ text }) => text)].join(' ');
    const limit = options.get('WINRS_SKIP_CMD_SHELL') === 'TRUE' ? LONGEST_LINE : LONGEST_CMD_LINE;
    const { environment, workingDirectory, owner, codePage } = shell.settings;
    const id = randomUUID().toUpperCase();
    const program = commandLine.length > limit ? TOO_LONG : this.program;
    const folder = workingDirectory === undefined ? {} : { workingDirectory };
    shell.commands.set(
      id,
      new ShellCommand(id, program, { commandLine, environment, user: owner, codePage, ...folder }, noise),
    );
    return `<rsp:CommandResponse><rsp:CommandId>${id}</rsp:CommandId></rsp:CommandResponse>`;
  }

  private async receive({ body, operationTimeoutMs, maxEnvelopeBytes }: Request, shell: RemoteShell): Promise<string> {
    const command = commandOf(shell, childOf(childOf(body, Uri.shell, 'Receive'), Uri.shell, 'DesiredStream'));
    const hasNews = await command.news(operationTimeoutMs);
    if (shell.isEnded) throw shellEnded();
    if (!hasNews) throw operationTimedOut();
    const room = Math.max(Math.floor((maxEnvelopeBytes - ENVELOPE_OVERHEAD) * 0.6), 1);
    const pieces = command.fetch(room, this.limits.pieceBytes);
    const streams = pieces.map(({ stream, bytes }) => streamXml(stream, command.id, bytes.toString('base64')));
    const isDone = command.hasEnded() && !command.hasOutput();
    const ends = isDone ? ['stdout', 'stderr'].map((stream) => streamXml(stream, command.id, '', ' End="true"')) : [];
    const state = isDone
      ? `<rsp:CommandState CommandId="${command.id}" State="${Uri.shell}/CommandState/Done"><rsp:ExitCode>${command.code()}</rsp:ExitCode></rsp:CommandState>`
      : `<rsp:CommandState CommandId="${command.id}" State="${Uri.shell}/CommandState/Running"/>`;
    return `<rsp:ReceiveResponse>${[...streams, ...ends].join('')}${state}</rsp:ReceiveResponse>`;
  }

  private send({ body }: Request, shell: RemoteShell): string {
    for (const stream of childrenOf(childOf(body, Uri.shell, 'Send'), Uri.shell, 'Stream')) {
      const command = commandOf(shell, stream);
      if (!command.takesInput()) throw pipeClosed();
      command.write(Buffer.from(stream.text, 'base64'), stream.attributes.get('End')?.toLowerCase() === 'true');
    }
    return '<rsp:SendResponse/>';
  }

  /** Without a console, ctrl_c reaches nobody; terminate ends the command and forgets it. */
  private signal({ body }: Request, shell: RemoteShell): string {
    const wanted = childOf(body, Uri.shell, 'Signal');
    const command = commandOf(shell, wanted);
    const code = childOf(wanted, Uri.shell, 'Code')?.text.trim() ?? '';
    if (code.toLowerCase().endsWith('/signal/terminate')) {
      command.kill();
      shell.commands.delete(command.id);
    }
    return '<rsp:SignalResponse/>';
  }
}

/** What an account may wish of its shell. */
function wishesOf(wanted: Element | undefined): Pick<ShellSettings, 'name' | 'workingDirectory' | 'environment'> {
  const name = wanted?.attributes.get('Name') ?? textOf(wanted, 'Name');
  const workingDirectory = textOf(wanted, 'WorkingDirectory');
  const variables = childrenOf(childOf(wanted, Uri.shell, 'Environment'), Uri.shell, 'Variable');
  return {
    environment: Object.fromEntries(variables.map((one) => [one.attributes.get('Name') ?? '', one.text])),
    ...(name === '' ? {} : { name }),
    ...(workingDirectory === '' ? {} : { workingDirectory }),
  };
}

function textOf(element: Element | undefined, name: string): string {
  return childOf(element, Uri.shell, name)?.text ?? '';
}

/** @throws ServiceFault */
function commandOf(shell: RemoteShell, element: Element | undefined): ShellCommand {
  const command = shell.commands.get((element?.attributes.get('CommandId') ?? '').toUpperCase());
  if (command === undefined) throw commandNotFound();
  return command;
}

function streamXml(stream: string, commandId: string, content: string, more = ''): string {
  return `<rsp:Stream Name="${escaped(stream)}" CommandId="${commandId}"${more}>${content}</rsp:Stream>`;
}

/** What runs in the place of a program whose command line is too long. */
const TOO_LONG: Program = {
  start: () => {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    stdout.end();
    stderr.end('The command line is too long.\r\n');
    return { stdout, stderr, exit: Promise.resolve(1), kill: () => undefined };
  },
};

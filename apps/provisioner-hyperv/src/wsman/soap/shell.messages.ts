import type { OutputChunk, ShellInfo } from '../api';
import { duration, durationMs, type WsmanRequest } from './envelope';
import { Action, Ns, Resource } from './names';
import { xml, type XmlElement } from './xml.encoder';
import { XmlFormatError, type XmlNode } from './xml.reader';

const UTF8_CODE_PAGE = '65001';
const TERMINATE = `${Ns.SHELL}/signal/terminate`;
const DONE = `${Ns.SHELL}/CommandState/Done`;

/** What a shell is made with. */
export interface ShellSettings {
  readonly name: string;
  readonly idleTimeoutMs: number;
  readonly workingDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** @see MS-WSMV 2.2.4.37, 3.1.4.5.2 */
export function createShell(settings: ShellSettings): WsmanRequest {
  const { name, idleTimeoutMs, workingDirectory, environment = {} } = settings;
  const variables = Object.entries(environment).map(([key, value]) => xml('rsp:Variable', { Name: key }, value));
  const shell = xml(
    'rsp:Shell',
    { Name: name },
    ...(variables.length === 0 ? [] : [xml('rsp:Environment', {}, ...variables)]),
    ...(workingDirectory === undefined ? [] : [xml('rsp:WorkingDirectory', {}, workingDirectory)]),
    xml('rsp:IdleTimeOut', {}, duration(idleTimeoutMs)),
    xml('rsp:InputStreams', {}, 'stdin'),
    xml('rsp:OutputStreams', {}, 'stdout stderr'),
  );
  const options = { WINRS_NOPROFILE: 'TRUE', WINRS_CODEPAGE: UTF8_CODE_PAGE };
  return request('open a shell', Action.CREATE, { options, body: [shell] });
}

/** The id of the shell that was made. @throws XmlFormatError */
export function createdShellId(body: XmlNode): string {
  const selectors = body.find(Ns.WSMAN, 'SelectorSet')?.all(Ns.WSMAN, 'Selector') ?? [];
  const selected = selectors.find((selector) => selector.attributes.get('Name') === 'ShellId');
  return required(selected ?? body.find(Ns.SHELL, 'ShellId'), 'a shell id');
}

export function deleteShell(shellId: string): WsmanRequest {
  return request('delete a shell', Action.DELETE, { shellId });
}

/** A program, started without `cmd.exe`; console mode would leave piped input unread since Windows 2012. */
export function startCommand(shellId: string, program: string, args: readonly string[]): WsmanRequest {
  const line = xml(
    'rsp:CommandLine',
    {},
    xml('rsp:Command', {}, program),
    ...args.map((argument) => xml('rsp:Arguments', {}, argument)),
  );
  const options = { WINRS_CONSOLEMODE_STDIN: 'FALSE', WINRS_SKIP_CMD_SHELL: 'TRUE' };
  return request('start a program', Action.COMMAND, { shellId, options, body: [line] });
}

/** @throws XmlFormatError */
export function startedCommandId(body: XmlNode): string {
  return required(body.find(Ns.SHELL, 'CommandId'), 'a command id');
}

/** A command of a shell. */
export interface CommandAddress {
  readonly shellId: string;
  readonly commandId: string;
}

export function sendInput({ shellId, commandId }: CommandAddress, bytes: Uint8Array, end: boolean): WsmanRequest {
  const attributes = { Name: 'stdin', CommandId: commandId, ...(end ? { End: 'true' } : {}) };
  const stream = xml('rsp:Stream', attributes, Buffer.from(bytes).toString('base64'));
  return request('send input to a program', Action.SEND, { shellId, body: [xml('rsp:Send', {}, stream)] });
}

export function receiveOutput({ shellId, commandId }: CommandAddress): WsmanRequest {
  const wanted = xml('rsp:DesiredStream', { CommandId: commandId }, 'stdout stderr');
  return request('receive output of a program', Action.RECEIVE, { shellId, body: [xml('rsp:Receive', {}, wanted)] });
}

/** What one Receive brought. */
export interface Received {
  readonly chunks: readonly OutputChunk[];
  /** Set when the program has ended and all it wrote was received. */
  readonly exitCode?: number;
}

/**
 * Chunks in the server's order; `exitCode` is 0 where a server that says Done gives none, as it does for terminated commands.
 * @throws XmlFormatError
 */
export function received(body: XmlNode): Received {
  const response = body.child(Ns.SHELL, 'ReceiveResponse');
  if (response === undefined) throw new XmlFormatError('it has no ReceiveResponse');
  const chunks = response.all(Ns.SHELL, 'Stream').flatMap((stream) => chunkOf(stream));
  const state = response.child(Ns.SHELL, 'CommandState');
  if (state?.attributes.get('State') !== DONE) return { chunks };
  const exitCode = Number(state.child(Ns.SHELL, 'ExitCode')?.text.trim() ?? 0);
  if (!Number.isInteger(exitCode)) throw new XmlFormatError('its exit code is no number');
  return { chunks, exitCode: exitCode | 0 };
}

function chunkOf(node: XmlNode): OutputChunk[] {
  const stream = node.attributes.get('Name');
  if (stream !== 'stdout' && stream !== 'stderr') throw new XmlFormatError('it names an unknown stream');
  const bytes = Buffer.from(node.text, 'base64');
  return bytes.length === 0 ? [] : [{ stream, bytes }];
}

export function terminateCommand({ shellId, commandId }: CommandAddress): WsmanRequest {
  const signal = xml('rsp:Signal', { CommandId: commandId }, xml('rsp:Code', {}, TERMINATE));
  return request('terminate a program', Action.SIGNAL, { shellId, body: [signal] });
}

/** @see DSP0226, 8.2 (optimised enumeration) */
export function enumerateShells(): WsmanRequest {
  const body = xml('n:Enumerate', {}, xml('w:OptimizeEnumeration', {}), xml('w:MaxElements', {}, '100'));
  return { doing: 'list the shells', action: Action.ENUMERATE, resourceUri: Resource.SHELLS, body: [body] };
}

export function pullShells(context: string): WsmanRequest {
  const body = xml('n:Pull', {}, xml('n:EnumerationContext', {}, context), xml('n:MaxElements', {}, '100'));
  return { doing: 'list the shells', action: Action.PULL, resourceUri: Resource.SHELLS, body: [body] };
}

/** A page of shells; `context` asks for the next. */
export interface ShellPage {
  readonly shells: readonly ShellInfo[];
  readonly context?: string;
}

/** @throws XmlFormatError */
export function shellPage(body: XmlNode): ShellPage {
  const response = body.child(Ns.ENUMERATION, 'EnumerateResponse') ?? body.child(Ns.ENUMERATION, 'PullResponse');
  if (response === undefined) throw new XmlFormatError('it has no list');
  const items = response.child(Ns.WSMAN, 'Items') ?? response.child(Ns.ENUMERATION, 'Items');
  const shells = (items?.all(Ns.SHELL, 'Shell') ?? []).map(shellInfo);
  const isLast = response.children.some(({ local }) => local === 'EndOfSequence');
  const context = response.child(Ns.ENUMERATION, 'EnumerationContext')?.text.trim() ?? '';
  return { shells, ...(isLast || context === '' ? {} : { context }) };
}

function shellInfo(node: XmlNode): ShellInfo {
  const text = (local: string): string | undefined => node.child(Ns.SHELL, local)?.text.trim();
  const optional = {
    name: text('Name'),
    owner: text('Owner'),
    clientIp: text('ClientIP'),
    inactivityMs: durationMs(text('ShellInactivity') ?? ''),
    idleTimeoutMs: durationMs(text('IdleTimeOut') ?? ''),
  };
  const known = Object.entries(optional).filter(([, value]) => value !== undefined && value !== '');
  return { id: required(node.child(Ns.SHELL, 'ShellId'), 'a shell id'), ...Object.fromEntries(known) };
}

function required(node: XmlNode | undefined, what: string): string {
  const text = node?.text.trim() ?? '';
  if (text === '') throw new XmlFormatError(`it has no ${what.replace(/^an? /, '')}`);
  return text;
}

function request(
  doing: string,
  action: string,
  rest: Partial<Pick<WsmanRequest, 'shellId' | 'options'>> & { readonly body?: readonly XmlElement[] },
): WsmanRequest {
  return { doing, action, resourceUri: Resource.COMMAND_SHELL, body: [], ...rest };
}

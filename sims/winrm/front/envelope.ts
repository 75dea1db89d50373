import { randomUUID } from 'node:crypto';
import { badRequest, unknownAction, type ServiceFault } from './faults';
import { actionOf, OPERATIONS, Uri, type Operation } from './names';
import { childOf, childrenOf, escaped, readDocument, XmlRefused, type Element } from './xml';

/** A request that was understood. */
export interface Request {
  readonly operation: Operation;
  readonly messageId: string;
  readonly resourceUri: string;
  readonly shellId?: string;
  /** By name in capitals. */
  readonly options: ReadonlyMap<string, string>;
  readonly operationTimeoutMs: number;
  /** The largest answer that the client takes. */
  readonly maxEnvelopeBytes: number;
  readonly body: Element;
}

const DEFAULT_TIMEOUT_MS = 60_000;
const MAX_ENVELOPE_BYTES = 512_000;

/** @throws ServiceFault */
export function readRequest(source: string): Request {
  const envelope = parse(source);
  const header = childOf(envelope, Uri.soap, 'Header');
  const body = childOf(envelope, Uri.soap, 'Body');
  const text = (uri: string, name: string): string => childOf(header, uri, name)?.text.trim() ?? '';
  const action = text(Uri.addressing, 'Action');
  const operation = OPERATIONS.find((one) => actionOf(one) === action);
  const messageId = text(Uri.addressing, 'MessageID');
  if (body === undefined || messageId === '') throw badRequest('it needs a MessageID and a Body');
  if (operation === undefined) throw unknownAction(action);
  const selectors = childrenOf(childOf(header, Uri.wsman, 'SelectorSet'), Uri.wsman, 'Selector');
  const shellId = selectors.find((one) => one.attributes.get('Name') === 'ShellId')?.text.trim();
  const options = childrenOf(childOf(header, Uri.wsman, 'OptionSet'), Uri.wsman, 'Option');
  return {
    operation,
    messageId,
    resourceUri: text(Uri.wsman, 'ResourceURI'),
    ...(shellId === undefined ? {} : { shellId: shellId.toUpperCase() }),
    options: new Map(options.map((one) => [(one.attributes.get('Name') ?? '').toUpperCase(), one.text.trim()])),
    operationTimeoutMs: milliseconds(text(Uri.wsman, 'OperationTimeout')) ?? DEFAULT_TIMEOUT_MS,
    maxEnvelopeBytes: Math.min(Number(text(Uri.wsman, 'MaxEnvelopeSize')) || MAX_ENVELOPE_BYTES, MAX_ENVELOPE_BYTES),
    body,
  };
}

function parse(source: string): Element {
  try {
    const document = readDocument(source);
    if (document.uri === Uri.soap && document.name === 'Envelope') return document;
  } catch (error) {
    if (!(error instanceof XmlRefused)) throw error;
    throw badRequest(error.message);
  }
  throw badRequest('it is no envelope');
}

/** Milliseconds of a duration such as `PT60S`. */
export function milliseconds(text: string): number | undefined {
  const parts = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(text);
  if (text === '' || parts === null) return undefined;
  const [days, hours, minutes, seconds] = parts.slice(1).map((part: string | undefined) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000;
}

const PREFIXES = {
  s: Uri.soap,
  a: Uri.addressing,
  x: Uri.transfer,
  e: Uri.enumeration,
  w: Uri.wsman,
  p: Uri.microsoft,
  rsp: Uri.shell,
};
const NAMESPACES = Object.entries(PREFIXES).map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`);

/** Writes an answer. @param action of the answer @param body XML */
export function writeAnswer(action: string, relatesTo: string, body: string): string {
  const header = [
    `<a:Action>${action}</a:Action>`,
    `<a:MessageID>uuid:${randomUUID().toUpperCase()}</a:MessageID>`,
    `<a:To>${Uri.addressing}/role/anonymous</a:To>`,
    relatesTo === '' ? '' : `<a:RelatesTo>${escaped(relatesTo)}</a:RelatesTo>`,
  ];
  return `<s:Envelope xml:lang="en-US" ${NAMESPACES.join(' ')}><s:Header>${header.join('')}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

/** Writes a fault. */
export function writeFault(fault: ServiceFault, relatesTo: string): string {
  const words = escaped(fault.message);
  const sender = fault.status === 400 ? 's:Sender' : 's:Receiver';
  const detail = `<f:WSManFault xmlns:f="${Uri.fault}" Code="${fault.code}" Machine="scvmm01.contoso.test"><f:Message>${words}</f:Message></f:WSManFault>`;
  return writeAnswer(
    `${Uri.wsman.replace('.xsd', '')}/fault`,
    relatesTo,
    `<s:Fault><s:Code><s:Value>${sender}</s:Value><s:Subcode><s:Value>${fault.subcode}</s:Value></s:Subcode></s:Code>` +
      `<s:Reason><s:Text xml:lang="en-US">${words}</s:Text></s:Reason><s:Detail>${detail}</s:Detail></s:Fault>`,
  );
}

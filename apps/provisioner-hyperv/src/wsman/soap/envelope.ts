import { Ns } from './names';
import { encodeXml, xml, type XmlElement } from './xml.encoder';

/** A request, but for what every request of an endpoint has in common. */
export interface WsmanRequest {
  /** What is tried, for errors: `open a shell`. */
  readonly doing: string;
  readonly action: string;
  readonly resourceUri: string;
  readonly shellId?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly body: readonly XmlElement[];
}

/** What every request of an endpoint has in common, and its own id. */
export interface EnvelopeContext {
  /** Address of the endpoint. */
  readonly to: string;
  /** `uuid:…` */
  readonly messageId: string;
  readonly operationTimeoutMs: number;
  readonly maxEnvelopeBytes: number;
}

const MUST = { 's:mustUnderstand': 'true' };
const LOCALE = { 'xml:lang': 'en-US', 's:mustUnderstand': 'false' };
const ANONYMOUS = `${Ns.ADDRESSING}/role/anonymous`;

/** Writes a request. @see DSP0226; MS-WSMV 2.2.4 */
export function encodeEnvelope(request: WsmanRequest, context: EnvelopeContext): string {
  const header = xml(
    's:Header',
    {},
    xml('a:To', {}, context.to),
    xml('w:ResourceURI', MUST, request.resourceUri),
    xml('a:ReplyTo', {}, xml('a:Address', MUST, ANONYMOUS)),
    xml('a:Action', MUST, request.action),
    xml('w:MaxEnvelopeSize', MUST, String(context.maxEnvelopeBytes)),
    xml('a:MessageID', {}, context.messageId),
    xml('w:Locale', LOCALE),
    xml('p:DataLocale', LOCALE),
    ...selectors(request.shellId),
    ...options(request.options),
    xml('w:OperationTimeout', {}, duration(context.operationTimeoutMs)),
  );
  const namespaces = {
    'xmlns:s': Ns.SOAP,
    'xmlns:a': Ns.ADDRESSING,
    'xmlns:n': Ns.ENUMERATION,
    'xmlns:w': Ns.WSMAN,
    'xmlns:p': Ns.MICROSOFT,
    'xmlns:rsp': Ns.SHELL,
  };
  const envelope = xml('s:Envelope', namespaces, header, xml('s:Body', {}, ...request.body));
  return `<?xml version="1.0" encoding="UTF-8"?>${encodeXml(envelope)}`;
}

function selectors(shellId: string | undefined): XmlElement[] {
  if (shellId === undefined) return [];
  return [xml('w:SelectorSet', {}, xml('w:Selector', { Name: 'ShellId' }, shellId))];
}

function options(values: Readonly<Record<string, string>> | undefined): XmlElement[] {
  if (values === undefined) return [];
  const written = Object.entries(values).map(([name, value]) => xml('w:Option', { Name: name }, value));
  return [xml('w:OptionSet', MUST, ...written)];
}

/** Milliseconds as an ISO 8601 duration in seconds, e.g. `PT20.000S`. */
export function duration(ms: number): string {
  return `PT${(ms / 1000).toFixed(3)}S`;
}

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of an ISO 8601 duration such as `P0DT0H1M30S`; undefined when it is none. */
export function durationMs(text: string): number | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0));
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
}

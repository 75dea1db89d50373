import { PveRefusal, PveTransportError, type PveScheme } from './pve.errors';
import type { PveRequest } from './pve.request';
import { redact } from './redaction';

/** What came back for one sending. */
export interface RawAnswer {
  readonly status: number;
  /** The reason phrase: the only text where pveproxy itself answers, and of PVE before 8.3. */
  readonly reason: string;
  readonly body: string;
}

/** What reading an answer takes beside it. */
export interface AnswerContext {
  readonly scheme: PveScheme;
  readonly secrets: readonly string[];
}

/** pveproxy could not reach the node or its pvedaemon: the call was not carried out. */
const UNREACHED = 595;
/** From here on the proxy lost the backend after it had begun to send: the call may still be running. */
const LOST = 596;
/** Answers of something that stands before PVE. */
const NOT_FROM_PVE = new Set([429, 502, 503, 504]);

/**
 * Reads an answer.
 * @returns its `data`, undefined for none
 * @throws PveRefusal, PveTransportError
 */
export function readAnswer(raw: RawAnswer, request: PveRequest, context: AnswerContext): unknown {
  const { status, body } = raw;
  const parsed = parseBody(body);
  if (status >= 200 && status < 300) {
    if (parsed === undefined) throw new PveTransportError('NOT_PVE', request.call, { mayHaveRun: true });
    return parsed['data'] ?? undefined;
  }
  const clean = (text: string): string => redact(text.trim(), [...context.secrets, ...request.secrets]);
  const text = clean(textOf(parsed, raw));
  const outcome = outcomeOf(status);
  if (outcome !== undefined)
    throw new PveTransportError(outcome.code, request.call, { httpStatus: status, text, ...outcome });
  throw new PveRefusal(request.call, { status, text, fields: fieldsOf(parsed, clean), scheme: context.scheme });
}

function outcomeOf(status: number): { code: string; mayHaveRun: boolean } | undefined {
  if (status === UNREACHED) return { code: 'NODE_UNREACHABLE', mayHaveRun: false };
  if (status >= LOST) return { code: 'BACKEND_SILENT', mayHaveRun: true };
  if (status < 400) return { code: 'HTTP_STATUS', mayHaveRun: false };
  return NOT_FROM_PVE.has(status) ? { code: 'HTTP_STATUS', mayHaveRun: true } : undefined;
}

/** The body's message since PVE 8.3, else the reason phrase. */
function textOf(parsed: Readonly<Record<string, unknown>> | undefined, { reason, status }: RawAnswer): string {
  const message = parsed?.['message'];
  if (typeof message === 'string' && message.trim() !== '') return message;
  return reason === '' ? `HTTP ${status}` : reason;
}

function fieldsOf(
  parsed: Readonly<Record<string, unknown>> | undefined,
  clean: (text: string) => string,
): Record<string, string> {
  const errors = parsed?.['errors'];
  if (typeof errors !== 'object' || errors === null) return {};
  return Object.fromEntries(Object.entries(errors).map(([name, reason]) => [name, clean(String(reason))]));
}

function parseBody(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

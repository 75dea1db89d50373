import { hasChanged, type Batch, type Returns } from './batch';
import { BatchError, PowerShellError, type BatchFailure, type Refusal } from './powershell.errors';
import { readRows, type Row } from './rows';

/** A line of the dispatcher. */
export interface Frame {
  readonly id: string;
  readonly kind: string;
  readonly payload: unknown;
}

const FRAME = /^#DCM1 (\S+) (\S+) ([A-Za-z0-9+/=]+)$/;
/** Long enough for the rows of some ten thousand VMs. */
const MAX_LINE = 32 * 1024 * 1024;

/** Cuts what a process writes into lines. */
export class LineCutter {
  private rest = '';

  /** @throws PowerShellError BAD_FRAME for a line without end */
  cut(bytes: Buffer): string[] {
    const lines = (this.rest + bytes.toString('latin1')).split('\n');
    this.rest = lines.pop() ?? '';
    if (this.rest.length > MAX_LINE) {
      throw new PowerShellError('BAD_FRAME', 'a line is too long', { mayHaveActed: true });
    }
    return lines.map((line) => line.replace(/\r$/, '')).filter((line) => line !== '');
  }
}

/** Reads a line; undefined when it is not of the dispatcher's. @throws PowerShellError BAD_FRAME when it is, and broken */
export function readFrame(line: string): Frame | undefined {
  const [, id, kind, text] = FRAME.exec(line) ?? [];
  if (id === undefined || kind === undefined || text === undefined) return undefined;
  try {
    return { id, kind, payload: JSON.parse(Buffer.from(text, 'base64').toString('utf8')) };
  } catch (cause) {
    throw new PowerShellError('BAD_FRAME', `the answer to request ${id} cannot be read`, { mayHaveActed: true, cause });
  }
}

/** The rows of each step that was asked for. */
export interface Answer<R extends Returns> {
  readonly rows: { readonly [K in keyof R]: readonly Row<R[K]>[] };
  readonly ran: readonly string[];
  /** Time that the process took, in milliseconds. */
  readonly tookMs: number;
}

type Data = Readonly<Record<string, unknown>>;
const recordOf = (data: unknown): Data => (typeof data === 'object' && data !== null ? (data as Data) : {});
const textOf = (data: unknown): string => (typeof data === 'string' ? data : '');
const textsOf = (data: unknown): string[] =>
  Array.isArray(data) ? data.filter((one): one is string => typeof one === 'string') : [];

/** The answer to a batch. @throws BatchError when it failed; PowerShellError BAD_FRAME */
export function readAnswer<R extends Returns>(payload: unknown, batch: Batch<R>): Answer<R> {
  const { ok, steps, data, ms, ...rest } = recordOf(payload);
  const ran = textsOf(steps);
  if (ok !== true) {
    const failure = readFailure(rest, ran);
    throw new BatchError(failure, hasChanged(batch, ran));
  }
  const given = recordOf(data);
  const rows = Object.entries(batch.return).map(([name, fields]) => [name, readRows(given[name], fields)] as const);
  return {
    rows: Object.fromEntries(rows) as Answer<R>['rows'],
    ran,
    tookMs: typeof ms === 'number' ? ms : 0,
  };
}

const REFUSALS: ReadonlySet<string> = new Set<Refusal>([
  'BAD_REQUEST',
  'NOT_ALLOWED',
  'REFERENCE',
  'EXPECTED_ONE',
  'LOCK_TIMEOUT',
  'FILE_REFUSED',
]);

function readFailure({ step, error }: Data, ran: readonly string[]): BatchFailure {
  const { message, fqid, vmmCode, dcm } = recordOf(error);
  if (typeof step !== 'string' || typeof message !== 'string') {
    throw new PowerShellError('BAD_FRAME', 'the answer is neither a result nor an error', { mayHaveActed: true });
  }
  return {
    step,
    ran,
    code: typeof vmmCode === 'number' ? vmmCode : null,
    refusal: typeof dcm === 'string' && REFUSALS.has(dcm) ? (dcm as Refusal) : null,
    text: message.slice(0, 500),
    fullId: textOf(fqid).slice(0, 200),
  };
}

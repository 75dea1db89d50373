import { isChanging, type Cmdlet } from './cmdlets';
import type { Fields } from './rows';

/** A value of a cmdlet's parameter. @see ps/README.md */
export type Argument = string | number | boolean | null | ArgumentForm | readonly Argument[];
export type ArgumentForm =
  | { readonly $ref: string }
  | { readonly $guid: string }
  | { readonly $text: string }
  | { readonly $secure: string }
  | { readonly $cred: { readonly username: string; readonly password: string } };

/** A test that an object must pass to be kept. `mark` looks at the first line of its description. */
export type Test =
  | { readonly op: 'eq' | 'ne' | 'contains' | 'startsWith'; readonly path: string; readonly value: string }
  | { readonly op: 'mark'; readonly value: string };

/** A step runs only while another one holds no object, or some. */
export interface Condition {
  readonly ref: string;
  readonly is: 'empty' | 'some';
}

/** One call of a cmdlet. */
export interface Step {
  /** Under this name later steps and the answer find the objects. */
  readonly as: string;
  readonly cmd: Cmdlet;
  readonly args?: Readonly<Record<string, Argument>>;
  /** The vendor's codes that mean "no object". */
  readonly missingOk?: readonly number[];
  readonly where?: readonly Test[];
  readonly when?: readonly Condition[];
  readonly expect?: 'one';
}

/** What is read of the objects of some steps. */
export type Returns = Readonly<Record<string, Fields>>;

/** Calls that one process makes in a row. */
export interface Batch<R extends Returns = Returns> {
  readonly steps: readonly Step[];
  readonly return: R;
  /** A mutex on the server, held over all steps. */
  readonly lock?: { readonly name: string; readonly waitMs: number };
}

/** The object that a step holds. */
export const ref = (step: string): ArgumentForm => ({ $ref: step });

export const guid = (id: string): ArgumentForm => ({ $guid: id });

/** Text that a JSON reader may take for a date travels in a form that it leaves alone. */
const LOOKS_LIKE_DATE = /^\s*(\d{4}-\d{2}-\d{2}T|\/Date\()/;

/**
 * Text to the letter.
 * @throws RangeError for text with half a surrogate pair, which UTF-8 cannot hold
 */
export function text(value: string): Argument {
  // The lib of ES2023 does not name isWellFormed; a lone half does not survive the encoding.
  if (Buffer.from(value, 'utf8').toString('utf8') !== value) throw new RangeError('the text holds half a character');
  return LOOKS_LIKE_DATE.test(value) ? { $text: Buffer.from(value, 'utf8').toString('base64') } : value;
}

/** Whether the batch may change something. */
export const mayChange = ({ steps }: Pick<Batch, 'steps'>): boolean => steps.some(({ cmd }) => isChanging(cmd));

/** Whether, of the steps that ran, one changes something. */
export const hasChanged = ({ steps }: Pick<Batch, 'steps'>, ran: readonly string[]): boolean =>
  steps.some(({ as, cmd }) => isChanging(cmd) && ran.includes(as));

/** The request as one line for the process's stdin. */
export function requestLine(id: string, { steps, lock, return: returns }: Batch): Buffer {
  const request = {
    id,
    mode: 'scvmm',
    ...(lock !== undefined && { lock: lock.name, lockMs: lock.waitMs }),
    steps,
    return: returns,
  };
  return Buffer.from(`${Buffer.from(JSON.stringify(request), 'utf8').toString('base64')}\n`, 'latin1');
}

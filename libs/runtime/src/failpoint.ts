import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { failpoints, type Failpoint } from './failpoints';

/** kill: the process is gone at once, as by `kill -9`. throw: the place throws. freeze: the whole process stands still for a while. */
type Action = { readonly kind: 'kill' } | { readonly kind: 'throw' } | { readonly kind: 'freeze'; readonly ms: number };

interface Charge {
  /** Passes until it goes off. */
  left: number;
  readonly action: Action;
}

const entry = /^([a-z]+(?:[.-][a-z]+)*):([1-9]\d*)(?::(kill|throw|freeze=[1-9]\d*))?$/;

const actionOf = (text: string): Action => {
  if (text.startsWith('freeze=')) return { kind: 'freeze', ms: Number(text.slice('freeze='.length)) };
  return { kind: text === 'throw' ? 'throw' : 'kill' };
};

const isKnown = (name: string): boolean =>
  Object.hasOwn(failpoints, name) || (name.startsWith('work.step.') && name.length > 'work.step.'.length);

/**
 * Reads `name:count[:kill|throw|freeze=<ms>][,…]`: at the count-th pass of a name that happens, once.
 * @throws Error that names the entry that is not understood.
 */
export function parseFailpoints(text: string): Map<string, Charge> {
  const charges = new Map<string, Charge>();
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue;
    const [, name, count, action] = entry.exec(part) ?? [];
    if (name === undefined || count === undefined) {
      throw new Error(`DCM_FAILPOINT: write name:count[:kill|throw|freeze=<ms>], not ${part}`);
    }
    if (!isKnown(name)) throw new Error(`DCM_FAILPOINT: there is no failpoint ${name}`);
    charges.set(name, { left: Number(count), action: actionOf(action ?? 'kill') });
  }
  return charges;
}

let charges: Map<string, Charge> | undefined;
let file: string | undefined;

/** Arms what the text says and nothing else; an empty text disarms. For tests of what follows a failure. */
export function armFailpoints(text: string): void {
  const parsed = parseFailpoints(text);
  charges = parsed.size === 0 ? undefined : parsed;
}

const note = (line: string): void => {
  if (file !== undefined) appendFileSync(`${file}.log`, `${line}\n`);
};

/** `DCM_FAILPOINT` arms at the start; with `DCM_FAILPOINT_FILE` the file's text is armed at the start and at each SIGUSR2, and `<file>.log` tells. */
function armFromEnvironment(): void {
  armFailpoints(process.env['DCM_FAILPOINT'] ?? '');
  file = process.env['DCM_FAILPOINT_FILE'];
  if (file === undefined || file === '') return;
  const path = file;
  const read = (): void => {
    armFailpoints(existsSync(path) ? readFileSync(path, 'utf8') : '');
    note(`armed ${process.pid}`);
  };
  process.on('SIGUSR2', read);
  read();
}

function act(key: string, action: Action): void {
  note(`fired ${process.pid} ${key}`);
  if (action.kind === 'throw') throw new Error(`failpoint ${key}`);
  if (action.kind === 'kill') process.kill(process.pid, 'SIGKILL');
  // SIGKILL is on its way: nothing more may be done, not even until it arrives.
  const ms = action.kind === 'freeze' ? action.ms : Infinity;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function pass(key: string): void {
  const charge = charges?.get(key);
  if (charge === undefined) return;
  charge.left -= 1;
  if (charge.left > 0) return;
  charges?.delete(key);
  act(key, charge.action);
}

/**
 * A place at which this process can be made to fail, by its name. It costs a comparison while none is armed.
 * @param step which of several, where the place has several: `work.step` of an adapter.
 */
export function failpoint(name: Failpoint, step?: string): void {
  if (charges === undefined) return;
  pass(name);
  if (step !== undefined) pass(`${name}.${step}`);
}

armFromEnvironment();

import { ShellError, VmmError } from '../model/errors';
import type { Mutexes } from '../model/mutexes';
import type { Locale } from '../model/texts';
import { resolveArguments } from './arguments';
import { writeFile, type Disk } from './files';
import { select, type Fields } from './projection';
import { DispatchError, refusal } from './refusal';
import { holds, passes } from './tests';

/** One request as it came, before anything of it is believed. */
type Json = Readonly<Record<string, unknown>>;

/** Runs one cmdlet with its arguments; objects are handed through as they are. */
export type InvokeCmdlet = (cmdlet: string, args: Readonly<Record<string, unknown>>) => Promise<readonly unknown[]>;

/** What a dispatcher works with. */
export interface DispatcherParts {
  readonly allowed: ReadonlySet<string>;
  readonly invoke: InvokeCmdlet;
  readonly mutexes: Mutexes;
  readonly locale: () => Locale;
  /** Loads the module, the first time. */
  readonly importModule: () => Promise<void>;
  /** The server's own disk, where files are put. */
  readonly disk: Disk;
  /** Tells of a mutex that the process holds, until the returned function is called. */
  readonly holding?: (release: () => void) => () => void;
}

/** The payload of a `result` frame, its duration apart. */
export type Answer = Readonly<Record<string, unknown>>;

const REQUEST_KEYS = ['id', 'mode', 'lock', 'lockMs', 'steps', 'return'];
const STEP_KEYS = ['as', 'cmd', 'args', 'when', 'where', 'expect', 'missingOk'];
const LOCK = /^[A-Za-z0-9._-]{1,128}$/;

/** The twin of `dispatch.ps1`: the same requests give the same answers, as the fixtures beside that script show. */
export class Dispatcher {
  private step = 'decode';
  private cmdlet = '';
  private done: string[] = [];

  constructor(private readonly parts: DispatcherParts) {}

  /** @param line base64 of a request. @returns the frame's id and payload; it never throws. */
  async run(line: string): Promise<{ readonly id: string; readonly answer: Answer }> {
    this.step = 'decode';
    this.done = [];
    let id = '?';
    let release: (() => void) | undefined;
    try {
      const request = parse(line);
      id = String(request['id']);
      demandKeys(request, REQUEST_KEYS);
      this.step = 'import';
      if (request['mode'] !== 'scvmm') throw refusal('BAD_REQUEST', `unknown mode '${String(request['mode'])}'`);
      await this.parts.importModule();
      release = await this.lock(request);
      const data = await this.steps(request);
      return { id, answer: { ok: true, steps: this.done, data } };
    } catch (error) {
      return { id, answer: { ok: false, step: this.step, steps: this.done, error: this.failure(error) } };
    } finally {
      release?.();
    }
  }

  private async lock(request: Json): Promise<(() => void) | undefined> {
    const name = textOf(request['lock']);
    if (name === '') return undefined;
    if (!LOCK.test(name)) throw refusal('BAD_REQUEST', 'a lock is letters, digits, dots, - and _');
    this.step = 'lock';
    const release = await this.parts.mutexes.acquire(`Global\\DCM-${name}`, Number(request['lockMs']));
    if (release === undefined) throw refusal('LOCK_TIMEOUT', `lock '${name}' was not free in time`);
    const forget = this.parts.holding?.(release);
    return () => {
      forget?.();
      release();
    };
  }

  private async steps(request: Json): Promise<Json> {
    const kept = new Map<string, readonly unknown[]>();
    for (const step of (request['steps'] ?? []) as readonly Json[]) await this.runStep(step, kept);
    const data: Record<string, unknown> = {};
    for (const [name, fields] of Object.entries(request['return'] ?? {})) {
      const objects = kept.get(name);
      if (objects === undefined) throw refusal('REFERENCE', `no step '${name}' has run`);
      data[name] = objects.map((one) => select(one, fields as Fields));
    }
    return data;
  }

  private async runStep(step: Json, kept: Map<string, readonly unknown[]>): Promise<void> {
    const [as, cmdlet] = [textOf(step['as']), textOf(step['cmd'])];
    this.step = as;
    demandKeys(step, STEP_KEYS);
    if (!this.parts.allowed.has(cmdlet)) throw refusal('NOT_ALLOWED', `cmdlet '${cmdlet}' is not on the list`);
    kept.set(as, []);
    if (step['when'] !== undefined && !holds(step['when'], kept)) return;
    const args = resolveArguments((step['args'] ?? {}) as Json, kept);
    let found = await this.invoke(cmdlet, args, step['missingOk']);
    this.done.push(as);
    if (step['where'] !== undefined) found = found.filter((one) => passes(one, step['where']));
    kept.set(as, found);
    if (step['expect'] === 'one' && found.length !== 1) {
      throw refusal('EXPECTED_ONE', `step '${as}' gave ${found.length} objects, expected 1`);
    }
  }

  private async invoke(cmdlet: string, args: Json, missingOk: unknown): Promise<readonly unknown[]> {
    try {
      this.cmdlet = cmdlet;
      const objects =
        cmdlet === 'Write-DcmFile' ? [writeFile(this.parts.disk, args)] : await this.parts.invoke(cmdlet, args);
      return objects.filter((one) => one !== null && one !== undefined);
    } catch (error) {
      const code = this.record(error).vmmCode;
      if (code !== null && Array.isArray(missingOk) && missingOk.includes(code)) return [];
      throw error;
    }
  }

  private failure(error: unknown): Json {
    return { ...this.record(error), dcm: error instanceof DispatchError ? error.dcm : null };
  }

  private record(error: unknown): Json & { readonly vmmCode: number | null } {
    const { message, fqid, category, type } = this.recordOf(error);
    const code = /^([0-9]+),/.exec(fqid)?.[1] ?? /Error ID: ([0-9]+)/.exec(message)?.[1];
    return { message, type, fqid, category, vmmCode: code === undefined ? null : Number(code) };
  }

  private recordOf(error: unknown): { message: string; fqid: string; category: string; type: string } {
    if (error instanceof ShellError) {
      const { message, fullyQualifiedErrorId: fqid, category, type } = error;
      return { message, fqid, category, type };
    }
    if (error instanceof VmmError) {
      return {
        message: error.messageIn(this.parts.locale()),
        fqid: `${error.number},Microsoft.SystemCenter.VirtualMachineManager.Cmdlets.${this.cmdlet.replace('-', '')}Cmdlet`,
        category: error.number === 801 ? 'ObjectNotFound' : 'ReadError',
        type: 'Microsoft.VirtualManager.Utils.CarmineException',
      };
    }
    const message = error instanceof Error ? error.message : String(error);
    return { message, fqid: message, category: 'OperationStopped', type: 'System.InvalidOperationException' };
  }
}

function parse(line: string): Json {
  const value: unknown = JSON.parse(Buffer.from(line, 'base64').toString('utf8'));
  if (typeof value !== 'object' || value === null || !('id' in value)) {
    throw new Error("The property 'id' cannot be found on this object. Verify that the property exists.");
  }
  return { ...value };
}

function demandKeys(object: Json, known: readonly string[]): void {
  for (const name of Object.keys(object)) {
    if (!known.includes(name)) throw refusal('BAD_REQUEST', `unknown key '${name}'`);
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

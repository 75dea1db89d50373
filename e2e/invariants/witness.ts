import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeMark } from '@dcm/contracts';
import type { StackSite } from '../../tools/src/stack/stack.file';
import { root } from '../../tools/src/stack/paths';

/** A VM with a DCM mark as the vendor's or another's client sees it on the hypervisor. */
export interface SeenVm {
  readonly name: string;
  /** What the platform itself knows the VM by. */
  readonly nativeId: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly power: 'on' | 'off' | 'suspended' | 'unknown';
  readonly disksMib: readonly number[];
  readonly snapshots: readonly { readonly name: string; readonly isCurrent: boolean }[];
  /** The marks as they stand there, by the place where each was found. */
  readonly marks: Readonly<Record<string, string>>;
  /** The VM's id in DCM, as its mark tells; null when no mark can be read. */
  readonly instance: string | null;
}

type Told = Omit<SeenVm, 'instance'>;

/** What somebody's hand can do to a VM. */
export type HandVerb = 'destroy' | 'cpus';

/** Looks into a site's hypervisor by somebody else's client, never by DCM's adapter, and changes VMs there as somebody's hand does. */
export interface Witness {
  marked(): Promise<readonly SeenVm[]>;
  /** @param count of CPUs, for `cpus`. */
  byHand(verb: HandVerb, nativeId: string, count?: number): Promise<void>;
  close(): void;
}

const instanceOf = ({ marks }: Told): string | null =>
  Object.values(marks).flatMap((text) => decodeMark(text) ?? [])[0]?.ownership.instance ?? null;

/**
 * A script in Python that stays, since starting it takes longer than looking. Each line on its standard input gets one on its output:
 * `list`, `destroy <native id>`, `cpus <native id> <count>`; JSON, or `{ "error": "…" }`.
 */
class ScriptWitness implements Witness {
  private readonly waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  private stderr = '';

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly folder: string,
  ) {
    createInterface({ input: child.stdout }).on('line', (line) => this.waiting.shift()?.resolve(line));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    child.once('close', () => {
      for (const one of this.waiting.splice(0)) one.reject(this.failure());
    });
    child.stdin.on('error', () => undefined); // close tells
  }

  static open(script: string, site: StackSite): ScriptWitness {
    const folder = mkdtempSync(join(tmpdir(), 'dcm-witness-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, site.ca ?? '');
    const { url, username, password } = site;
    const env = { ...process.env, SITE_URL: url, SITE_USERNAME: username, SITE_PASSWORD: password, SITE_CA: ca };
    return new ScriptWitness(spawn('/usr/bin/python3', [script], { env }), folder);
  }

  async marked(): Promise<SeenVm[]> {
    const told = (await this.ask('list')) as Told[];
    return told.map((vm) => ({ ...vm, instance: instanceOf(vm) }));
  }

  async byHand(verb: HandVerb, nativeId: string, count?: number): Promise<void> {
    await this.ask([verb, nativeId, ...(count === undefined ? [] : [count])].join(' '));
  }

  close(): void {
    this.child.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ask(line: string): Promise<unknown> {
    const text = await new Promise<string>((resolve, reject) => {
      if (this.child.exitCode !== null) {
        reject(this.failure());
        return;
      }
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${line}\n`);
    });
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'error' in answer)
      throw new Error(`${line}: ${String(answer.error)}`);
    return answer;
  }

  private readonly failure = (): Error => new Error(`the witness failed: ${this.stderr}`);
}

/** Who looks into a site: `e2e/python/<platform>.py`. A platform without such a script is named as not checked. */
export function witnessOf(site: StackSite): Witness | undefined {
  const script = join(root, 'e2e', 'python', `${site.platform}.py`);
  return existsSync(script) ? ScriptWitness.open(script, site) : undefined;
}

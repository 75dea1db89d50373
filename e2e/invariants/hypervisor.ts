import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { StackSite } from '../../tools/src/stack/stack.file';
import { root } from './clone.root';

/** A VM with a DCM mark as somebody else's client sees it on the hypervisor. */
export interface SeenVm {
  readonly name: string;
  readonly instanceUuid: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly power: string;
  readonly disksKib: readonly number[];
  readonly marks: Readonly<Record<string, string>>;
}

/** Looks into a site's hypervisor by its vendor's own client, never by DCM's adapter. */
export interface Witness {
  marked(): Promise<readonly SeenVm[]>;
  close(): void;
}

/** pyvmomi in a process that stays, since starting it takes longer than looking. */
class VcenterWitness implements Witness {
  private readonly waiting: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
  private stderr = '';

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly folder: string,
  ) {
    createInterface({ input: child.stdout }).on('line', (line) => this.waiting.shift()?.resolve(line));
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    child.once('close', () => {
      for (const one of this.waiting.splice(0)) one.reject(new Error(`pyvmomi failed: ${this.stderr}`));
    });
    child.stdin.on('error', () => undefined); // close tells
  }

  static open(site: StackSite): VcenterWitness {
    const folder = mkdtempSync(join(tmpdir(), 'dcm-witness-'));
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, site.ca ?? '');
    const env = { ...process.env, VC_URL: site.url, VC_USERNAME: site.username, VC_PASSWORD: site.password, VC_CA: ca };
    const child = spawn('/usr/bin/python3', [join(root, 'e2e/python/vcenter.py'), 'serve'], { env });
    return new VcenterWitness(child, folder);
  }

  async marked(): Promise<SeenVm[]> {
    const text = await new Promise<string>((resolve, reject) => {
      if (this.child.exitCode !== null) {
        reject(new Error(`pyvmomi failed: ${this.stderr}`));
        return;
      }
      this.waiting.push({ resolve, reject });
      this.child.stdin.write('list\n');
    });
    return JSON.parse(text) as SeenVm[];
  }

  close(): void {
    this.child.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Who looks into which platform. A platform without a witness is named as not checked. */
const witnesses: Readonly<Record<string, (site: StackSite) => Witness>> = {
  vsphere: (site) => VcenterWitness.open(site),
};

export const witnessOf = (site: StackSite): Witness | undefined => witnesses[site.platform]?.(site);

import { setTimeout as sleep } from 'node:timers/promises';
import { startVcsim, type Vcsim, type VcsimOptions } from '../vcsim';
import { findPyvmomi, VcenterClient } from './vcenter.client';

/** What `vm` in vcenter.py tells of a VM. */
export interface Vm {
  readonly id: string;
  readonly template: boolean;
  readonly guestId: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly shownCpus: number;
  readonly shownName: string;
  readonly instanceUuid: string;
  readonly changeVersion: string;
  readonly extraConfig: readonly (readonly [string, string])[];
  readonly disks: readonly { readonly bytes: number; readonly kib: number; readonly file: string }[];
  readonly nics: readonly VmNic[];
  readonly power: 'poweredOn' | 'poweredOff' | 'suspended';
  readonly bootTime: string;
  readonly tools: string;
  readonly ip: string | null;
  readonly hostName: string | null;
  readonly guestNet: readonly { readonly mac: string; readonly key: number; readonly ips: readonly string[] }[];
}

interface VmNic {
  readonly mac: string;
  readonly key: number;
  readonly type: string;
  readonly network: string | null;
}

const python = findPyvmomi() ?? '';
if (python === '') {
  const message = 'The tests of sims/vcsim need python3-pyvmomi (Debian: apt-get install python3-pyvmomi)';
  if (process.env['DCM_TEST_REQUIRE'] === 'all') throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}\n`);
}

/** `describe`, or a loud skip where pyvmomi is missing. */
export const describeWithPyvmomi = python === '' ? describe.skip : describe;

/** One simulated vCenter for the tests of a `describe`, and a session in it. */
export class VcenterFixture {
  private simulator: Vcsim | undefined;
  private session: VcenterClient | undefined;

  /** Registers start and stop with jest. */
  constructor(options: VcsimOptions) {
    beforeAll(async () => {
      this.simulator = await startVcsim(options);
      this.session = VcenterClient.start(python, this.simulator);
    }, 120_000);
    afterAll(async () => {
      await this.session?.close();
      await this.simulator?.stop();
    });
  }

  get vcsim(): Vcsim {
    return started(this.simulator);
  }

  get vcenter(): VcenterClient {
    return started(this.session);
  }

  vm(name: string): Promise<Vm> {
    return this.vcenter.run<Vm>('vm', { name });
  }

  /** The VM as soon as it is as wanted. */
  async vmWhen(name: string, isWanted: (vm: Vm) => boolean): Promise<Vm> {
    const deadline = Date.now() + 10_000;
    while (Date.now() < deadline) {
      const seen = await this.vm(name);
      if (isWanted(seen)) return seen;
      await sleep(20);
    }
    throw new Error(`VM ${name} never came to the wanted state`);
  }

  /** A further session, with other credentials or another CA where given. */
  connect(target: Partial<Pick<Vcsim, 'password' | 'ca'>> = {}): VcenterClient {
    return VcenterClient.start(python, { ...this.vcsim, ...target });
  }
}

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('The simulated vCenter did not start');
  return part;
}

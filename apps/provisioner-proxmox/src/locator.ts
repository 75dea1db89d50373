import type { Access } from './access';
import type { PveClient } from './client/pve.client';
import { SharedReading } from './shared-reading';
import { readVmEntries, type VmEntry } from './vm-entry.mapper';

/** The list of all VMs may be long in coming where a node just died. */
const LIST_TIMEOUT_MS = 30_000;

/** Knows on which node each VM is: a VM is read and changed only there, and may move. */
export class Locator {
  private readonly nodes = new Map<number, string>();
  private readonly reading: SharedReading<VmEntry[]>;

  constructor(client: PveClient) {
    this.reading = new SharedReading(async () => {
      const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
      const entries = readVmEntries(await client.get(['cluster', 'resources'], { type: 'vm' }, { signal }));
      this.nodes.clear();
      for (const { vmid, node } of entries) this.nodes.set(vmid, node);
      return entries;
    });
  }

  /** Every VM and container that the account sees, as of now. One list serves all who ask for it at the same time. */
  async list(access: Access): Promise<VmEntry[]> {
    access.requireTime();
    try {
      return await this.reading.get(access.signal);
    } catch (error) {
      access.requireCaller();
      throw error;
    }
  }

  /** The node where the VM was seen last; undefined when it was not seen. */
  lastNode(vmid: number): string | undefined {
    return this.nodes.get(vmid);
  }

  /** Remembers where a VM is being made. */
  learn(vmid: number, node: string): void {
    this.nodes.set(vmid, node);
  }
}

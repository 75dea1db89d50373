import type { Proxmox } from '../proxmox';
import { TestClient } from './client';

/** A client with all rights, and paths of VMs. */
export class Stand {
  readonly admin: TestClient;
  readonly provisioner: TestClient;

  constructor(readonly proxmox: Proxmox) {
    this.admin = new TestClient(proxmox);
    this.provisioner = new TestClient(proxmox, proxmox.token);
  }

  /** A stopped linked clone of the shared template, on pve1. */
  async clone(vmid: number, params: Record<string, string | number> = {}): Promise<string> {
    const end = await this.admin.run('POST', '/nodes/pve1/qemu/9000/clone', { newid: vmid, ...params });
    if (end !== 'OK') throw new Error(`the clone ${vmid} ended with ${end}`);
    return `/nodes/pve1/qemu/${vmid}`;
  }

  /** Status and reason phrase. */
  static said({ status, reason }: { status: number; reason: string }): string {
    return `${status} ${reason}`;
  }
}

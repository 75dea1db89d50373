import type { Machine } from './machine.mapper';

/** Proxmox counts whole seconds since the start of the VM's process, so that the same start seems to move by a second. */
const SAME_MS = 2_500;
const REMEMBERED = 10_000;

/** When VMs were started: the same start is told as the same time. */
export class BootTimes {
  private readonly known = new Map<number, { readonly pid: number | undefined; readonly at: Date }>();

  /** When the VM's process started; undefined for one that is off. @param now when it was read */
  of({ vmid, power, pid, uptimeSeconds }: Machine, now: Date): Date | undefined {
    if (pid === undefined || power === 'off' || power === 'unknown') {
      this.known.delete(vmid);
      return undefined;
    }
    const at = new Date(now.getTime() - uptimeSeconds * 1000);
    const before = this.known.get(vmid);
    if (before?.pid === pid && Math.abs(before.at.getTime() - at.getTime()) <= SAME_MS) {
      return before.at;
    }
    if (this.known.size >= REMEMBERED) this.known.clear();
    this.known.set(vmid, { pid, at });
    return at;
  }
}

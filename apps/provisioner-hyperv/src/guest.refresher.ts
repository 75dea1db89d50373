import type { Access } from './access';
import { isLocked } from './hyperv.errors';
import type { Machine } from './machine.mapper';
import { ref } from './powershell/batch';
import { getVm } from './access';

/** So many VMs are remembered. */
const MAX_KNOWN = 10_000;

/**
 * VMM learns the addresses of a guest only when it is told to look, or after a long while. Of a VM that runs and says
 * nothing it is told so now and then; the look is a job, and its answer is for the next reading.
 */
export class GuestRefresher {
  private readonly askedAt = new Map<string, number>();

  constructor(private readonly everyMs: number) {}

  /** Lets VMM look, when it is time. @returns the VM as it was read */
  async refresh(access: Access, machine: Machine): Promise<Machine> {
    if (!this.isDue(machine)) return machine;
    this.remember(machine.id);
    try {
      await access.read({
        steps: [
          getVm('vm', machine.id),
          {
            as: 'seen',
            cmd: 'Read-SCVirtualMachine',
            args: { VM: ref('vm'), RunAsynchronously: true },
            when: [{ ref: 'vm', is: 'some' }],
          },
        ],
        return: {},
      });
    } catch (error) {
      // Somebody works on the VM: it is looked at then, too.
      if (!isLocked(error)) throw error;
    }
    return machine;
  }

  private isDue({ id, power, job, nics, hasGuestServices }: Machine): boolean {
    if (power !== 'on' || job?.isRunning === true) return false;
    if (hasGuestServices && nics.some(({ addresses }) => addresses.length > 0)) return false;
    const last = this.askedAt.get(id);
    return last === undefined || performance.now() - last >= this.everyMs;
  }

  private remember(id: string): void {
    this.askedAt.delete(id);
    this.askedAt.set(id, performance.now());
    const [oldest] = this.askedAt.keys();
    if (this.askedAt.size > MAX_KNOWN && oldest !== undefined) this.askedAt.delete(oldest);
  }
}

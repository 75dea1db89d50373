import { PowerShellError } from './powershell.errors';

/** What a place is wanted for. */
export type Use = 'read' | 'change';

interface Waiter {
  readonly use: Use;
  readonly enter: () => void;
}

/**
 * Places for requests, first come first served. Changes leave one place to reads, so that a read never waits behind a
 * long change.
 */
export class Slots {
  private readonly waiters: Waiter[] = [];
  private readonly taken = { read: 0, change: 0 };
  private readonly forChanges: number;

  constructor(private readonly total: number) {
    this.forChanges = Math.max(1, total - 1);
  }

  /** Waits for a place. @returns what gives it back. @throws PowerShellError ABORTED */
  async take(use: Use, signal: AbortSignal): Promise<() => void> {
    if (this.hasPlace(use) && !this.waiters.some((one) => one.use === use)) this.taken[use] += 1;
    else await this.wait(use, signal);
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.taken[use] -= 1;
      this.admit();
    };
  }

  private wait(use: Use, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const withdraw = (): void => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new PowerShellError('ABORTED', 'the caller withdrew', { mayHaveActed: false }));
        this.admit();
      };
      const enter = (): void => {
        signal.removeEventListener('abort', withdraw);
        resolve();
      };
      const waiter: Waiter = { use, enter };
      this.waiters.push(waiter);
      if (signal.aborted) withdraw();
      else signal.addEventListener('abort', withdraw, { once: true });
    });
  }

  private admit(): void {
    for (const waiter of [...this.waiters]) {
      if (!this.hasPlace(waiter.use)) continue;
      this.waiters.splice(this.waiters.indexOf(waiter), 1);
      this.taken[waiter.use] += 1;
      waiter.enter();
    }
  }

  private hasPlace(use: Use): boolean {
    if (this.taken.read + this.taken.change >= this.total) return false;
    return use === 'read' || this.taken.change < this.forChanges;
  }
}

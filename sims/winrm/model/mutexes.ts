/** What a waiter gets: the mutex is held until `release` is called. */
export type Release = () => void;

/**
 * Named mutexes of the server, shared by all processes on it (`Global\name`). A process that dies gives its mutexes back as
 * abandoned ones, and whoever waits gets them all the same.
 */
export class Mutexes {
  private readonly queues = new Map<string, (() => void)[]>();
  /** How often each name was taken. */
  readonly taken = new Map<string, number>();

  /** Waits in order of arrival. @returns undefined when the time is over before it is free. */
  acquire(name: string, timeoutMs: number): Promise<Release | undefined> {
    const queue = this.queues.get(name);
    if (queue === undefined) {
      this.queues.set(name, []);
      return Promise.resolve(this.held(name));
    }
    return new Promise((resolve) => {
      const turn = (): void => {
        clearTimeout(timer);
        resolve(this.held(name));
      };
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(turn), 1);
        resolve(undefined);
      }, timeoutMs);
      queue.push(turn);
    });
  }

  private held(name: string): Release {
    this.taken.set(name, (this.taken.get(name) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = this.queues.get(name)?.shift();
      if (next === undefined) this.queues.delete(name);
      else next();
    };
  }
}

/** The simulator's own time: how long things take, and how much faster than in a real data centre. */
export class Clock {
  private readonly timers = new Set<NodeJS.Timeout>();

  /** @param speed how many simulated milliseconds pass in one; more is faster. It may be changed at any time, for what starts then. */
  constructor(public speed = 1) {}

  /** The wall clock: dates are never sped up. */
  now(): Date {
    return new Date();
  }

  /** Acts after so many simulated milliseconds. @returns what calls it off. */
  after(simulatedMs: number, act: () => void): () => void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, simulatedMs / this.speed);
    this.timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  sleep(simulatedMs: number): Promise<void> {
    if (simulatedMs <= 0) return Promise.resolve();
    return new Promise((resolve) => this.after(simulatedMs, resolve));
  }

  /** Calls everything off: the simulator ends. */
  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}

/** Runs the tasks of one key one after the other, and those of different keys side by side. */
export class OrderByKey {
  private readonly tails = new Map<string, Promise<void>>();

  /** Resolves with what the task resolves with; a failing task does not stop those behind it. */
  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key) ?? Promise.resolve();
    const result = before.then(task);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.tails.set(key, tail);
    void tail.then(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    return result;
  }
}

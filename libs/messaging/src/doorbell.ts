/** Wakes a loop that waits. A ring while nobody waits is remembered. */
export class Doorbell {
  private isRung = false;
  private wake: (() => void) | undefined;

  ring(): void {
    this.isRung = true;
    this.wake?.();
  }

  /** Resolves at the next ring, at once when it was rung since the last wait, or after `timeoutMs`. @returns whether it was rung. */
  async wait(timeoutMs: number): Promise<boolean> {
    if (!this.isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const { isRung } = this;
    this.wake = undefined;
    this.isRung = false;
    return isRung;
  }
}

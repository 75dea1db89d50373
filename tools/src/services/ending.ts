/** Where signals come from: a process. */
export interface SignalSource {
  on(event: string, listener: () => void): unknown;
  exit(code: number): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type EndSignal = keyof typeof exitCodes;

/**
 * Ends what this process has started when it is told to end by a signal: what lives in processes of its own, or in folders, would
 * stay. The last that was started ends first; the process exits as a shell expects of one that was ended by this signal.
 */
export class Ending {
  private readonly stops: (() => Promise<void>)[] = [];
  private isListening = false;
  private isUnderWay = false;

  constructor(private readonly source: SignalSource) {}

  /**
   * Has `stop` called when a signal comes. It must bear to be called when it is running or has run already.
   * @returns what takes this back
   */
  before(stop: () => Promise<void>): () => void {
    this.listen();
    this.stops.push(stop);
    return () => {
      const index = this.stops.indexOf(stop);
      if (index >= 0) this.stops.splice(index, 1);
    };
  }

  private listen(): void {
    if (this.isListening) return;
    this.isListening = true;
    for (const signal of Object.keys(exitCodes) as EndSignal[]) this.source.on(signal, () => void this.end(signal));
  }

  private async end(signal: EndSignal): Promise<void> {
    if (this.isUnderWay) return;
    this.isUnderWay = true;
    // Work whose ground is taken away fails: that must not end the process before the rest has ended.
    this.source.on('unhandledRejection', () => undefined);
    for (const stop of [...this.stops].reverse()) {
      await stop().catch((error: unknown) => {
        console.error(error);
      });
    }
    this.source.exit(exitCodes[signal]);
  }
}

/** The end of this process. */
export const ending = new Ending(process);

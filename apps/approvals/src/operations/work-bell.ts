import { Injectable } from '@nestjs/common';

/** Rung after every commit that may have made room or work; the dispatcher listens. */
@Injectable()
export class WorkBell {
  private listener: (() => void) | undefined;

  ring(): void {
    this.listener?.();
  }

  /** There is one listener; undefined silences the bell. */
  listen(listener: (() => void) | undefined): void {
    this.listener = listener;
  }
}

import { Injectable } from '@nestjs/common';

/** Rung when a scan is complete; the sweeper listens. */
@Injectable()
export class ReconcileBell {
  private listener: (() => void) | undefined;

  ring(): void {
    this.listener?.();
  }

  /** There is one listener; undefined silences the bell. */
  listen(listener: (() => void) | undefined): void {
    this.listener = listener;
  }
}

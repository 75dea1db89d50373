import type { Writable } from 'node:stream';

/** What is written to a socket from here to the end of this turn goes out together: each write of its own is a system call and wakes the reader. */
export function gatherTurn(stream: Writable): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => {
    stream.uncork();
  });
}

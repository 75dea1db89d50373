import type { Command } from './api';
import { WsmanError } from './wsman.errors';

/** All that a program wrote, and how it ended. */
export interface Outcome {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exitCode: number;
}

const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;

/**
 * Reads a program's output to its end and releases it. For programs that write little.
 * @param maxBytes of both streams together
 * @throws WsmanError ANSWER_TOO_LARGE, after terminating it; and what `output` throws
 */
export async function collect(command: Command, maxBytes = MAX_OUTPUT_BYTES): Promise<Outcome> {
  const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let size = 0;
  for await (const { stream, bytes } of command.output) {
    size += bytes.length;
    if (size > maxBytes) break;
    pieces[stream].push(bytes);
  }
  await command.terminate();
  if (size > maxBytes) {
    throw new WsmanError('ANSWER_TOO_LARGE', `The program has written more than ${maxBytes} bytes`, {
      mayHaveActed: true,
    });
  }
  return {
    stdout: Buffer.concat(pieces.stdout),
    stderr: Buffer.concat(pieces.stderr),
    exitCode: await command.exitCode,
  };
}

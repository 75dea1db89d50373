import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until there is an answer. @throws Error that names what did not happen. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await delay(50);
  }
}

/** Whether it became true in time. */
export async function becomes(timeoutMs: number, look: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    await until('it is so', timeoutMs, async () => ((await look()) ? true : undefined));
    return true;
  } catch {
    return false;
  }
}

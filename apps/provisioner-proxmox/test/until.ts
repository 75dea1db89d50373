const LIMIT_MS = 15_000;
const STEP_MS = 10;

/** Waits until something is the case. @throws Error when that takes longer than 15 seconds */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`The condition did not come true within ${LIMIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one process. Labels never hold an id of a VM or an operation. */
export interface Metrics {
  readonly registry: Registry;
}

/** A registry with the process' own figures (CPU, memory, event loop). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return { registry };
}

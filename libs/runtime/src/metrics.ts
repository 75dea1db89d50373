import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of one process. Labels never hold an id of a VM or an operation. */
export interface Metrics {
  readonly registry: Registry;
}

/**
 * How often the event loop's delay is sampled; the figures `nodejs_eventloop_lag_*_seconds` include this time. Node's usual 10 ms wake an
 * idle process a hundred times a second, which takes nearly half a percent of a core.
 */
const lagSampleMs = 100;

/** A registry with the process' own figures (CPU, memory, event loop). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: lagSampleMs });
  return { registry };
}

import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '@dcm/runtime';

/** The figures of a provisioner; labels hold names of sites, kinds and outcomes, never an id. */
export class ProvisionerMetrics {
  private readonly total: Counter;
  private readonly seconds: Histogram;
  private readonly inFlight: Gauge;
  private readonly siteUp: Gauge;

  constructor({ registry }: Metrics) {
    const registers = [registry];
    this.total = new Counter({
      name: 'dcm_provisioner_operations_total',
      help: 'Attempts that ended, by outcome',
      labelNames: ['site', 'kind', 'outcome'],
      registers,
    });
    this.seconds = new Histogram({
      name: 'dcm_provisioner_operation_seconds',
      help: 'Time from claim to end of an attempt',
      labelNames: ['site', 'kind'],
      buckets: [0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
      registers,
    });
    this.inFlight = new Gauge({
      name: 'dcm_provisioner_operations_in_flight',
      help: 'Attempts at work',
      labelNames: ['site'],
      registers,
    });
    this.siteUp = new Gauge({
      name: 'dcm_provisioner_site_up',
      help: '1 when the last check of the site could log in',
      labelNames: ['site'],
      registers,
    });
  }

  /** @returns what to call at the end with the outcome; it tells the duration in milliseconds. */
  begin(site: string, kind: string): (outcome: string) => number {
    const startedAt = performance.now();
    this.inFlight.inc({ site });
    return (outcome) => {
      const durationMs = performance.now() - startedAt;
      this.inFlight.dec({ site });
      this.total.inc({ site, kind, outcome });
      this.seconds.observe({ site, kind }, durationMs / 1_000);
      return Math.round(durationMs);
    };
  }

  siteChecked(site: string, isUp: boolean): void {
    this.siteUp.set({ site }, isUp ? 1 : 0);
  }
}

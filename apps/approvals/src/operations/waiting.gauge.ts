import { waitingForSchema } from '@dcm/contracts';
import type { Metrics } from '@dcm/runtime';
import { Gauge } from 'prom-client';
import type { Database } from '../database/transaction.repository';
import { waitingByKind } from './waiting.repository';

/** Counts what waits, by what it waits for, whenever somebody asks for the metrics; a kind that nothing waits for says 0. */
export function gaugeWaiting({ registry }: Metrics, database: Database): void {
  new Gauge({
    name: 'dcm_operations_waiting',
    help: 'Operations that do not move, by what they wait for',
    labelNames: ['kind'],
    registers: [registry],
    async collect() {
      const waiting = await waitingByKind(database);
      for (const kind of waitingForSchema.shape.kind.options) this.set({ kind }, waiting.get(kind) ?? 0);
    },
  });
}

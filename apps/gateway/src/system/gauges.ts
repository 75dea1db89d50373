import { Inject, Injectable } from '@nestjs/common';
import type { Metrics } from '@dcm/runtime';
import { Gauge } from 'prom-client';
import { EventStreams } from '../events/event-streams';
import { METRICS } from '../parts';
import { CatchUpService } from '../projection/catch-up.service';
import { SystemRepository } from './system.repository';

/** Figures that are looked up when somebody asks for the metrics. */
@Injectable()
export class Gauges {
  constructor(
    @Inject(METRICS) { registry }: Metrics,
    streams: EventStreams,
    catchUp: CatchUpService,
    database: SystemRepository,
  ) {
    const registers = [registry];
    new Gauge({
      name: 'dcm_sse_clients',
      help: 'Open event streams',
      registers,
      collect() {
        this.set(streams.size);
      },
    });
    new Gauge({
      name: 'dcm_outbox_depth',
      help: 'Requests that the broker has not confirmed yet',
      registers,
      async collect() {
        this.set(await database.outboxDepth());
      },
    });
    new Gauge({
      name: 'dcm_projection_lag_rows',
      help: 'Rows of the journal that the read model does not hold, as of the last look',
      registers,
      collect() {
        this.set(catchUp.lag);
      },
    });
  }
}

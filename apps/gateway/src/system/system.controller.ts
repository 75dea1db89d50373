import { Controller, Inject } from '@nestjs/common';
import type { RouteOutput } from '@dcm/contracts';
import { runChecks, type Metrics } from '@dcm/runtime';
import { Endpoint, Input, RawEndpoint, type Call } from '../http/endpoint';
import { openApiDocument, type OpenApiDocument } from '../openapi/openapi.document';
import { METRICS } from '../parts';
import { ReadinessService } from './readiness.service';

/** `/health/…`, `/metrics`, `/openapi.json` */
@Controller()
export class SystemController {
  private document: OpenApiDocument | undefined;

  constructor(
    private readonly readiness: ReadinessService,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  @Endpoint('openApi')
  openApi(@Input() _call: Call<'openApi'>): Promise<RouteOutput<'openApi'>> {
    this.document ??= openApiDocument();
    return Promise.resolve({ ...this.document });
  }

  @Endpoint('live')
  live(@Input() _call: Call<'live'>): Promise<RouteOutput<'live'>> {
    return Promise.resolve({ status: 'ok' });
  }

  @Endpoint('ready')
  async ready(@Input() { reply }: Call<'ready'>): Promise<RouteOutput<'ready'>> {
    const report = await runChecks(this.readiness.checks);
    if (report.status !== 'ok') void reply.status(503);
    return report;
  }

  @RawEndpoint('metrics')
  async expose(@Input() { reply }: Call<'metrics'>): Promise<string> {
    void reply.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}

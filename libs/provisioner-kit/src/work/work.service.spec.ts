import { DcmError, type FactType } from '@dcm/contracts';
import { createLog, createMetrics, createSealingKey } from '@dcm/runtime';
import type { ClaimClient } from '../claim.client';
import type { FactDraft, Facts } from '../facts';
import { Lease } from '../lease';
import { ProvisionerMetrics } from '../provisioner-metrics';
import type { Site } from '../site';
import { aCommand } from '../testing/a-command';
import { WorkService, type WorkOrder } from './work.service';
import type { WorkResult } from './work.commands';

const log = createLog('test', 'silent');
const done: WorkResult = { status: null, outcome: 'deleted' };

describe('work', () => {
  let told: FactDraft<FactType>[];
  let refusals: number;
  let carriedOut: number;
  let service: WorkService;
  let order: WorkOrder;
  const leases: Lease[] = [];

  beforeEach(() => {
    told = [];
    refusals = 0;
    carriedOut = 0;
    const facts = {
      tell: (_site: Site, fact: FactDraft<FactType>) => {
        if (refusals > 0) {
          refusals -= 1;
          return Promise.reject(new DcmError('INTERNAL', 'the broker refused it'));
        }
        told.push(fact);
        return Promise.resolve();
      },
      mention: () => Promise.resolve(),
    } as unknown as Facts;
    const claims = {
      claim: async () => {
        const ask = (): Promise<{ verdict: 'go'; leaseMs: number }> =>
          Promise.resolve({ verdict: 'go', leaseMs: 30_000 });
        const lease = await Lease.claim({ ask, silenceMs: 30_000, log });
        if (lease instanceof Lease) leases.push(lease);
        return lease;
      },
    } as unknown as ClaimClient;
    service = new WorkService(claims, facts, new ProvisionerMetrics(createMetrics()), log);
    const command = aCommand();
    const carryOut = (): Promise<WorkResult> => {
      carriedOut += 1;
      return Promise.resolve(done);
    };
    const site = { config: { name: command.site }, sealingKey: createSealingKey() } as Site;
    order = { site, work: { kind: 'delete', command, carryOut }, traceparent: undefined };
  });

  afterEach(() => {
    for (const lease of leases.splice(0)) lease.release();
  });

  it('is carried out once when only telling of it failed and its delivery comes again', async () => {
    refusals = 1;
    await expect(service.handle(order)).rejects.toMatchObject({ code: 'INTERNAL' });
    await service.handle(order);
    expect(carriedOut).toBe(1);
    expect(told).toHaveLength(1);
    expect(leases).toHaveLength(1);
  });

  it('is joined by a second delivery of the same attempt, and not by another attempt', async () => {
    const next = { ...order.work, command: { ...order.work.command, attempt: 2 } };
    await Promise.all([service.handle(order), service.handle(order), service.handle({ ...order, work: next })]);
    expect(carriedOut).toBe(2);
    expect(told.map(({ id }) => id)).toEqual([
      `${order.work.command.operationId}/1/io.dcm.fact.succeeded.v1`,
      `${order.work.command.operationId}/2/io.dcm.fact.succeeded.v1`,
    ]);
  });

  it('begins nothing any more once it is interrupted: it is handed on', async () => {
    service.interrupt();
    const carryOut = (_site: Site, ctx: { signal: AbortSignal }): Promise<WorkResult> =>
      ctx.signal.aborted ? Promise.reject(ctx.signal.reason as Error) : Promise.resolve(done);
    await service.handle({ ...order, work: { ...order.work, carryOut } });
    expect(told).toMatchObject([{ type: 'io.dcm.fact.yielded.v1', body: { resume: '' } }]);
  });
});

import { Inject, Injectable } from '@nestjs/common';
import type { Publisher } from '@dcm/contracts';
import { isInfrastructureError } from '@dcm/messaging';
import { APPROVALS_CONFIG, type ApprovalsConfig } from '../approvals.config';
import { Batch, type Outcome } from '../database/batch';
import { ChangesService } from './changes.service';
import { CreatesService } from './creates.service';
import { IntakeRepository } from './intake.repository';
import { orderOf, runsOf, type Incoming, type Order } from './order.policy';

const largestBatch = 64;

interface Placed {
  readonly index: number;
  readonly order: Order;
}

/** Takes in requests in the order of their arrival, as many together as wait. */
@Injectable()
export class RequestsService {
  private readonly batch = new Batch<Incoming, void>((incoming) => this.acceptAll(incoming), {
    size: largestBatch,
  });

  constructor(
    @Inject(APPROVALS_CONFIG) private readonly config: Pick<ApprovalsConfig, 'DCM_INSTALLATION_KEY'>,
    private readonly intake: IntakeRepository,
    private readonly creates: CreatesService,
    private readonly changes: ChangesService,
  ) {}

  /**
   * Resolves once the request is committed: accepted, or refused as a rejected operation.
   * @throws DcmError UNAUTHENTICATED, PERMISSION_DENIED, INVALID_REQUEST, IDEMPOTENCY_KEY_REUSED; for a cancel also NOT_FOUND, CONFLICT.
   */
  accept(incoming: Incoming): Promise<void> {
    return this.batch.add(incoming);
  }

  private async acceptAll(incoming: readonly Incoming[]): Promise<Outcome<void>[]> {
    const userIds = incoming.flatMap(({ sender }) => sender.userId ?? []);
    const publishers = await this.intake.publishers([...new Set(userIds)]);
    const outcomes: Outcome<void>[] = incoming.map(() => ({ value: undefined }));
    const placed = incoming.flatMap((one, index): Placed[] => {
      try {
        return [{ index, order: this.orderOf(one, publishers) }];
      } catch (error) {
        outcomes[index] = { error };
        return [];
      }
    });
    for (const run of runsOf(placed)) await this.carryOut(run, outcomes);
    return outcomes;
  }

  private orderOf(incoming: Incoming, publishers: ReadonlyMap<string, Publisher>): Order {
    return orderOf(incoming, publishers.get(incoming.sender.userId ?? ''), this.config.DCM_INSTALLATION_KEY);
  }

  /** One request that cannot be carried out must not take its neighbours with it: they are tried again one by one. */
  private async carryOut(run: readonly Placed[], outcomes: Outcome<void>[]): Promise<void> {
    try {
      await this.carryOutTogether(run);
    } catch (error) {
      if (run.length === 1 || isInfrastructureError(error)) {
        for (const { index } of run) outcomes[index] = { error };
        return;
      }
      for (const one of run) await this.carryOut([one], outcomes);
    }
  }

  private async carryOutTogether(run: readonly Placed[]): Promise<void> {
    const creates = run.flatMap(({ order }) => (order.kind === 'create' ? [order.create] : []));
    if (creates.length === run.length) {
      await this.creates.accept(creates);
      return;
    }
    for (const { order } of run) await this.changes.accept(order);
  }
}

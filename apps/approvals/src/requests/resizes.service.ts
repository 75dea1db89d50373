import { Injectable } from '@nestjs/common';
import { quotaDimensions, type ResourceAmount } from '@dcm/contracts';
import type { Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import { placeOf } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { atPresentPrice, verdictOnResize } from '../operations/resize-offer.policy';
import { TariffRepository } from '../operations/tariff.repository';
import { beyond, excessIn } from '../policies/admission.policy';
import { ruleOnExcess, type Excess } from '../policies/verdict.policy';
import { quotaChangesOf } from '../quota/quota.mapper';
import { LedgerRepository } from '../quota/ledger.repository';
import { refuse } from './create.policy';
import { admitResize, isOnlyNamed, rename, resizeGoalOf, resizeRefusal, type ResizeOrder } from './resize.policy';

/** Takes in what changes the size of a VM: the quota of the difference is held before anything is begun. */
@Injectable()
export class ResizesService {
  constructor(
    private readonly directory: DirectoryRepository,
    private readonly ledger: LedgerRepository,
    private readonly tariffs: TariffRepository,
  ) {}

  /** Begins a resize, or says why it cannot be. */
  async ask(manager: Transaction, change: Change, order: ResizeOrder): Promise<void> {
    if (isOnlyNamed(order.resize)) {
      rename(change, order);
      return;
    }
    const { size } = order.resize;
    const { image: imageName, tenantId } = change.vm.doc;
    const named = size === undefined ? undefined : await this.directory.findVisibleSize(manager, size, tenantId);
    const image = imageName === null ? undefined : await this.directory.findImage(manager, imageName);
    const refusal = resizeRefusal(change, order, named, image);
    if (refusal !== null) {
      refuse(change, order, placeOf(change.vm.doc), refusal);
      return;
    }
    const sized = resizeGoalOf(change, order, named);
    const [tariff] = await this.tariffs.tariffsOf(manager, [change]);
    change.tariff = tariff ?? change.tariff;
    const { quotas, book } = change.tariff;
    const goal = atPresentPrice(change, sized);
    const { price = null } = goal;
    const excess = await this.excessOf(manager, change, beyond(goal.amounts, change.scene.amounts));
    const said = verdictOnResize(change, goal, order.requester, { book, price, isQuotaExceeded: excess !== null });
    admitResize(change, order, goal, {
      ...ruleOnExcess(said, excess),
      price,
      quota: quotaChangesOf(quotas, goal.amounts, change.scene.amounts),
    });
  }

  /** What so much more exceeds, if it does not fit. Locks the scopes, as a create does, unless it is nothing. */
  async excessOf(manager: Transaction, { vm }: Change, more: ResourceAmount): Promise<Excess | null> {
    if (quotaDimensions.every((dimension) => more[dimension] === 0)) return null;
    const { tenantId, projectId } = vm.doc;
    return excessIn(await this.ledger.lockScopes(manager, tenantId, projectId), more);
  }
}

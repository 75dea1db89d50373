import { Injectable } from '@nestjs/common';
import { quotaDimensions, type DcmErrorBody, type ResourceAmount } from '@dcm/contracts';
import type { Transaction } from '../database/transaction.repository';
import { DirectoryRepository } from '../directory/directory.repository';
import { placeOf } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import type { SizeGoal } from '../operations/goal.entity';
import { atPrice } from '../operations/plan.mapper';
import { TariffRepository } from '../operations/tariff.repository';
import { beyond, quotaErrorOf } from '../policies/admission.policy';
import { runningPriceOf } from '../billing/price.policy';
import { quotaChangesOf } from '../quota/quota.mapper';
import { LedgerRepository } from '../quota/ledger.repository';
import { refuse } from './create.policy';
import {
  admitResize,
  isOnlyNamed,
  rename,
  resizeGoalOf,
  resizeRefusal,
  verdictOnResize,
  type ResizeOrder,
} from './resize.policy';

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
    const named = size === undefined ? undefined : await this.directory.findSize(manager, size);
    const { image: imageName } = change.vm.doc;
    const image = imageName === null ? undefined : await this.directory.findImage(manager, imageName);
    const refusal = resizeRefusal(change, order, named, image);
    if (refusal !== null) {
      refuse(change, order, placeOf(change.vm.doc), refusal);
      return;
    }
    const sized = resizeGoalOf(change, order, named);
    const [tariff] = await this.tariffs.tariffsOf(manager, [change]);
    const { rates, quotas, book } = tariff ?? change.tariff;
    const place = { ...change.vm.doc, size: sized.sizeName };
    const price = runningPriceOf(sized.amounts, rates, place, change.now);
    const goal = { ...sized, price, amounts: atPrice(sized.amounts, price) };
    const quotaError = await this.quotaErrorOf(manager, change, goal);
    const around = { book, price, isQuotaExceeded: quotaError !== null };
    admitResize(change, order, goal, {
      price,
      quotaError,
      policy: verdictOnResize(change, goal, order.requester, around),
      quota: quotaChangesOf(quotas, goal.amounts, change.scene.amounts),
    });
  }

  /** Why a new size does not fit into the quota, if it does not. Locks the scopes, as a create does, unless nothing more is asked than is held. */
  async quotaErrorOf(manager: Transaction, change: Change, goal: SizeGoal): Promise<DcmErrorBody | null> {
    return this.excess(manager, change, beyond(goal.amounts, change.scene.amounts));
  }

  /** Why so much more does not fit, if it does not. Locks the scopes unless it is nothing. */
  async excess(manager: Transaction, { vm }: Change, more: ResourceAmount): Promise<DcmErrorBody | null> {
    if (quotaDimensions.every((dimension) => more[dimension] === 0)) return null;
    const { tenantId, projectId } = vm.doc;
    return quotaErrorOf(await this.ledger.lockScopes(manager, tenantId, projectId), more);
  }
}

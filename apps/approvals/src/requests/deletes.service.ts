import { Injectable } from '@nestjs/common';
import type { PolicyVerdict } from '@dcm/contracts';
import type { Transaction } from '../database/transaction.repository';
import type { OperationOrder } from '../operations/begin.mapper';
import type { Change } from '../operations/change';
import { PoliciesRepository } from '../policies/policies.repository';
import { askDelete } from './change.policy';
import { mayBeGoverned, putDelete, verdictOnDelete } from './delete.policy';

/** Takes in deletes: by rules they are let through, refused, or put before people first. */
@Injectable()
export class DeletesService {
  constructor(private readonly policies: PoliciesRepository) {}

  /** Begins a delete, asks about it, or says why it cannot be. */
  async ask(manager: Transaction, change: Change, order: OperationOrder): Promise<void> {
    const verdict = mayBeGoverned(change) ? await this.verdictOn(manager, change, order) : null;
    if (verdict === null || verdict.kind === 'approve') askDelete(change, order);
    else putDelete(change, order, verdict);
  }

  private async verdictOn(manager: Transaction, change: Change, order: OperationOrder): Promise<PolicyVerdict> {
    const { projectId } = change.vm.doc;
    const books = await this.policies.booksOf(manager, [projectId]);
    return verdictOnDelete(change, order, books.get(projectId) ?? null);
  }
}

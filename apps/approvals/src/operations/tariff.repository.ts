import { Injectable } from '@nestjs/common';
import { RatesRepository } from '../billing/rates.repository';
import type { Transaction } from '../database/transaction.repository';
import { PoliciesRepository } from '../policies/policies.repository';
import { LedgerRepository } from '../quota/ledger.repository';
import type { Change } from './change';
import type { Tariff } from './terms.entity';

/** Reads what plans are judged by: one statement for each kind of thing, however many plans. */
@Injectable()
export class TariffRepository {
  constructor(
    private readonly rates: RatesRepository,
    private readonly ledger: LedgerRepository,
    private readonly policies: PoliciesRepository,
  ) {}

  /** In the order of the changes. Locks nothing: rates are only ever added, the quota's figures are shown, and rules hold from their commit. */
  async tariffsOf(manager: Transaction, changes: readonly Pick<Change, 'vm' | 'now'>[]): Promise<Tariff[]> {
    const [first] = changes;
    if (first === undefined) return [];
    const places = changes.map(({ vm: { doc } }) => doc);
    const scopeIds = new Set<string>(places.flatMap(({ tenantId, projectId }) => [tenantId, projectId]));
    const projectIds = places.map(({ projectId }) => projectId);
    const [rates, quotas, books] = await Promise.all([
      this.rates.inForce(manager, first.now),
      this.ledger.readLimited(manager, [...scopeIds]),
      this.policies.booksOf(manager, projectIds),
    ]);
    return places.map(({ tenantId, projectId }) => ({
      rates,
      quotas: quotas.filter(({ id }) => id === tenantId || id === projectId),
      book: books.get(projectId) ?? null,
    }));
  }
}

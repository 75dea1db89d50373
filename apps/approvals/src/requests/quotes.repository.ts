import { Inject, Injectable } from '@nestjs/common';
import { projectIdsOf, type QuoteRequest } from '@dcm/contracts';
import { RatesRepository } from '../billing/rates.repository';
import { DATABASE, type Database } from '../database/transaction.repository';
import { TariffRepository } from '../operations/tariff.repository';
import type { Tariff } from '../operations/terms.entity';
import type { VmRecord } from '../operations/vm.entity';
import type { CreateFacts } from './create.policy';
import { createNamesOf, IntakeRepository } from './intake.repository';

/** Reads what a quote needs, and locks nothing. */
@Injectable()
export class QuotesRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly intake: IntakeRepository,
    private readonly rates: RatesRepository,
    private readonly tariffs: TariffRepository,
  ) {}

  /** What is known of what a quote names, in the order of its projects, and the database's clock. */
  async read(body: QuoteRequest): Promise<{ readonly facts: CreateFacts[]; readonly now: Date }> {
    const { manager } = this.database;
    const names = projectIdsOf(body).map((projectId) => createNamesOf(body, projectId));
    return { now: await this.rates.now(manager), facts: await this.intake.createFacts(manager, names) };
  }

  /** What a VM's plan is judged by now. */
  async tariffOf(vm: VmRecord): Promise<Tariff & { readonly now: Date }> {
    const { manager } = this.database;
    const now = await this.rates.now(manager);
    const [tariff = { rates: [], quotas: [], book: null }] = await this.tariffs.tariffsOf(manager, [{ vm, now }]);
    return { ...tariff, now };
  }
}

import { Inject, Injectable } from '@nestjs/common';
import { projectIdsOf, type QuoteRequest } from '@dcm/contracts';
import { RatesRepository } from '../billing/rates.repository';
import { DATABASE, type Database } from '../database/transaction.repository';
import { TariffRepository } from '../operations/tariff.repository';
import type { Tariff } from '../operations/terms.entity';
import type { VmRecord } from '../operations/vm.entity';
import type { CreateFacts } from './create.policy';
import { createNamesOf, IntakeRepository } from './intake.repository';
import { memberNamesOf } from './single.policy';

/** Reads what a quote needs, and locks nothing. */
@Injectable()
export class QuotesRepository {
  constructor(
    @Inject(DATABASE) private readonly database: Database,
    private readonly intake: IntakeRepository,
    private readonly rates: RatesRepository,
    private readonly tariffs: TariffRepository,
  ) {}

  /** What is known of what a quote names, in the order of its projects and for each VM there, and the database's clock. */
  async read(body: QuoteRequest): Promise<{ readonly facts: CreateFacts[][]; readonly now: Date }> {
    const { manager } = this.database;
    const members = memberNamesOf(body);
    const names = projectIdsOf(body).flatMap((projectId) =>
      members.map((name) => createNamesOf({ ...body, name }, projectId)),
    );
    const now = await this.rates.now(manager);
    const found = await this.intake.createFacts(manager, names);
    const facts = projectIdsOf(body).map((_, index) =>
      found.slice(index * members.length, (index + 1) * members.length),
    );
    return { now, facts };
  }

  /** What a VM's plan is judged by now. */
  async tariffOf(vm: VmRecord): Promise<Tariff & { readonly now: Date }> {
    const { manager } = this.database;
    const now = await this.rates.now(manager);
    const [tariff = { rates: [], quotas: [], book: null }] = await this.tariffs.tariffsOf(manager, [{ vm, now }]);
    return { ...tariff, now };
  }
}

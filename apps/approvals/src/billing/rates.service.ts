import { Injectable } from '@nestjs/common';
import { DcmError, type AdminActor, type AdminOutput, type ErrorCode } from '@dcm/contracts';
import { newId } from '@dcm/runtime';
import { assertPlatformAdmin } from '../admin/actor.policy';
import type { CallInput } from '../admin/ports';
import { refuseTaken, type Transaction } from '../database/transaction.repository';
import { ChangeService } from '../journal/change.service';
import { rateEntry } from './rate.mapper';
import { RatesRepository } from './rates.repository';

type Wish = CallInput<'admin.rate.create'>;

const what = 'say what things cost';

const refusal = (code: ErrorCode, pointer: string, message: string): DcmError =>
  new DcmError(code, `Unable to ${what}: ${message}`, { details: [{ pointer, message }] });

/** Says what things cost from a time on. What was in force stays as it was: a rate is never changed, and none begins in the past. */
@Injectable()
export class RatesService {
  constructor(
    private readonly changes: ChangeService,
    private readonly rates: RatesRepository,
  ) {}

  /**
   * @throws DcmError PERMISSION_DENIED; NOT_FOUND for a site or size that is not known; INVALID_REQUEST for a time that has passed;
   * CONFLICT for a second rate of the same scope and time.
   */
  create(input: Wish, actor: AdminActor): Promise<AdminOutput<'admin.rate.create'>> {
    assertPlatformAdmin(actor, what);
    return refuseTaken('rate_from', `Unable to ${what}: there is a rate of that scope from that time on`, () =>
      this.changes.change(async (manager, { tell }) => {
        await this.assertScopeKnown(manager, input);
        await this.assertAhead(manager, input);
        const { validFrom = null, ...hourly } = input;
        const rate = await this.rates.insert(manager, { id: newId(), ...hourly, validFrom });
        tell(rateEntry(rate, actor.principal));
        return rate;
      }),
    );
  }

  /** A misspelt name would show only when something costs what it should not. */
  private async assertScopeKnown(manager: Transaction, { scope }: Wish): Promise<void> {
    const part = await this.rates.unknownPart(manager, scope);
    if (part !== undefined) throw refusal('NOT_FOUND', `/scope/${part}`, `${part} ${scope[part] ?? ''} is not known`);
  }

  private async assertAhead(manager: Transaction, { validFrom }: Wish): Promise<void> {
    if (validFrom === undefined || new Date(validFrom) >= (await this.rates.now(manager))) return;
    throw refusal('INVALID_REQUEST', '/validFrom', 'lies in the past; leave it out for now');
  }
}

import { Injectable } from '@nestjs/common';
import { projectIdsOf, type AdminOutput, type QuoteRequest } from '@dcm/contracts';
import { scopeOf, type Principal } from '../auth/principal';
import { AdminClient } from '../directory/admin.client';
import { NamesService } from '../resources/names.service';
import { withoutGuestSecrets } from './guest-secrets';

/** Sites are asked meanwhile, and given up before that. */
const timeoutMs = 20_000;

/** Asks what a VM would be, cost and need; nothing is asked for, and nothing remembered. */
@Injectable()
export class QuotesService {
  constructor(
    private readonly names: NamesService,
    private readonly admin: AdminClient,
  ) {}

  /** @throws DcmError NOT_FOUND for a project that is not the caller's; UNAVAILABLE. */
  async quote(principal: Principal, body: QuoteRequest): Promise<AdminOutput<'quote'>> {
    const scope = scopeOf(principal);
    await Promise.all(projectIdsOf(body).map((id) => this.names.project(scope, id)));
    return this.admin.call(principal, 'quote', withoutGuestSecrets(body), { timeoutMs });
  }
}

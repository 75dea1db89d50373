import { Injectable } from '@nestjs/common';
import { DcmError, noAmount, type Quota } from '@dcm/contracts';
import { scopeOf, type Principal } from '../auth/principal';
import { requireMatch } from '../http/precondition.policy';
import { ResourceService } from '../resources/resource.service';
import { DirectoryService } from './directory.service';

/** Whose quota. */
export interface QuotaPlace {
  readonly scope: 'tenant' | 'project';
  readonly id: string;
}

/** Reads and sets quotas. */
@Injectable()
export class QuotasService {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
  ) {}

  /** A tenant or project of which no quota was ever told has no limits and nothing in use. @throws DcmError NOT_FOUND */
  async get(principal: Principal, place: QuotaPlace): Promise<Quota> {
    const { scope: kind, id } = place;
    const owner = await this.resources.get(scopeOf(principal), kind, id);
    try {
      return await this.resources.get(scopeOf(principal), 'quota', id);
    } catch (error) {
      if (!(error instanceof DcmError) || error.code !== 'NOT_FOUND') throw error;
      const tenantId = 'tenantId' in owner ? owner.tenantId : owner.id;
      return { id, scope: kind, tenantId, limits: {}, held: noAmount, used: noAmount, seq: 0 };
    }
  }

  /** @throws DcmError NOT_FOUND, PRECONDITION_FAILED */
  async set(
    principal: Principal,
    place: QuotaPlace,
    wish: { limits: Quota['limits']; ifMatch: string | undefined },
  ): Promise<Quota> {
    const before = await this.get(principal, place);
    requireMatch(wish.ifMatch, before);
    return this.directory.change(principal, 'admin.quota.set', { ...place, limits: wish.limits });
  }
}

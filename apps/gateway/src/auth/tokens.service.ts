import { Injectable } from '@nestjs/common';
import { DcmError, type RouteInput, type RouteOutput } from '@dcm/contracts';
import { ResourceService } from '../resources/resource.service';
import { AuthService } from './auth.service';
import { isPlatformAdmin, scopeOf, type Principal } from './principal';
import { createToken, formatToken, hashSecret } from './token.policy';
import { TokenRepository } from './token.repository';

type Wish = RouteInput<'createToken'>['body'];

const isForPlatform = (wish: Wish): boolean => wish.roles.includes('platform-admin');

/** Creates and revokes API tokens. */
@Injectable()
export class TokensService {
  constructor(
    private readonly tokens: TokenRepository,
    private readonly auth: AuthService,
    private readonly resources: ResourceService,
  ) {}

  /** @throws DcmError PERMISSION_DENIED, NOT_FOUND, INVALID_REQUEST */
  async create(principal: Principal, wish: Wish): Promise<RouteOutput<'createToken'>> {
    await this.assertMayGrant(principal, wish);
    const { principal: name, tenantId, roles, expiresInDays } = wish;
    const { id, secret } = createToken();
    const expiresAt = await this.tokens.insert({
      id,
      secretSha256: hashSecret(secret),
      principal: name,
      tenantId,
      roles,
      createdBy: principal.name,
      expiresInDays,
    });
    return { id, token: formatToken({ id, secret }), principal: name, tenantId, roles, expiresAt: expiresAt ?? '' };
  }

  /** @throws DcmError NOT_FOUND for a token of another tenant too. */
  async revoke(principal: Principal, id: string): Promise<void> {
    const isRevoked = await this.tokens.revoke(id, scopeOf(principal));
    if (!isRevoked) throw new DcmError('NOT_FOUND', `Unable to revoke token ${id}: there is none of that id`);
    this.auth.forget(id);
  }

  /** The role `platform-admin` and having no tenant go together; a tenant's administrator grants within the tenant only. */
  private async assertMayGrant(principal: Principal, wish: Wish): Promise<void> {
    if (!isPlatformAdmin(principal) && (isForPlatform(wish) || wish.tenantId === null)) {
      throw new DcmError(
        'PERMISSION_DENIED',
        'Unable to create the token: only a platform administrator creates one for the platform',
      );
    }
    if (isForPlatform(wish) !== (wish.tenantId === null)) {
      throw new DcmError(
        'INVALID_REQUEST',
        'Unable to create the token: platform-admin belongs to no tenant, every other role to one',
        {
          details: [{ pointer: '/tenantId', message: 'must be null with platform-admin, and only then' }],
        },
      );
    }
    if (wish.tenantId !== null) await this.resources.get(scopeOf(principal), 'tenant', wish.tenantId);
  }
}

import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DcmError } from '@dcm/contracts';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG } from '../parts';
import type { Principal } from './principal';
import { hashSecret, isSecretOf, parseAuthorization, parseBootstrapToken, type PresentedToken } from './token.policy';
import { TokenRepository } from './token.repository';
import { VerifiedTokens } from './verified-tokens';

/** Compared with when there is no such token, so that the time of an answer does not tell which ids exist. */
const noHash = Buffer.alloc(32);

/** Finds out who asks. */
@Injectable()
export class AuthService implements OnModuleInit {
  private readonly verified = new VerifiedTokens();

  constructor(
    private readonly tokens: TokenRepository,
    @Inject(CONFIG) private readonly config: GatewayConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    if (this.config.DCM_BOOTSTRAP_TOKEN === undefined) return;
    const { id, secret } = parseBootstrapToken(this.config.DCM_BOOTSTRAP_TOKEN);
    await this.tokens.ensure({
      id,
      secretSha256: hashSecret(secret),
      principal: 'bootstrap',
      tenantId: null,
      roles: ['platform-admin'],
      createdBy: 'configuration',
      expiresInDays: null,
    });
  }

  /** @throws DcmError UNAUTHENTICATED when the header names no valid token. */
  async authenticate(authorization: string | undefined): Promise<Principal> {
    const token = parseAuthorization(authorization);
    const principal = token === undefined ? undefined : await this.verify(token);
    if (principal !== undefined) return principal;
    throw new DcmError(
      'UNAUTHENTICATED',
      'Unable to tell who asks: send Authorization: Bearer <token> with a valid token',
      {
        details: [
          { pointer: 'header/Authorization', message: 'must hold a token that is known, not revoked and not expired' },
        ],
      },
    );
  }

  /** This process forgets it at once, the others within the time that they remember. */
  forget(tokenId: string): void {
    this.verified.forget(tokenId);
  }

  private async verify(token: PresentedToken): Promise<Principal | undefined> {
    const key = `${token.id}:${hashSecret(token.secret).toString('base64')}`;
    const known = this.verified.get(key);
    if (known !== undefined) return known.principal;
    const found = await this.tokens.findValid(token.id);
    const isRight = isSecretOf(found?.secretSha256 ?? noHash, token.secret);
    const principal = isRight ? found?.principal : undefined;
    this.verified.set(key, principal);
    return principal;
  }
}

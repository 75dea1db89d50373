import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Role } from '@dcm/contracts';
import type { Principal, Scope } from './principal';

/** A token as it is kept. */
export interface TokenRow {
  readonly id: string;
  readonly secretSha256: Buffer;
  readonly principal: string;
  readonly tenantId: string | null;
  readonly roles: readonly Role[];
}

export interface NewToken extends TokenRow {
  readonly createdBy: string;
  /** null never expires: the bootstrap token only. */
  readonly expiresInDays: number | null;
}

interface ValidRow {
  secret_sha256: Buffer;
  principal: string;
  tenant_id: string | null;
  roles: Role[];
}

/** API tokens. The clock that ends them is the database's. */
@Injectable()
export class TokenRepository {
  constructor(private readonly database: DataSource) {}

  /** @returns the token with its principal; undefined when it is unknown, revoked or expired. */
  async findValid(id: string): Promise<{ secretSha256: Buffer; principal: Principal } | undefined> {
    const [row] = await this.database.query<ValidRow[]>(
      `SELECT secret_sha256, principal, tenant_id, roles FROM gateway.api_token
       WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
      [id],
    );
    if (row === undefined) return undefined;
    const { principal: name, tenant_id: tenantId, roles, secret_sha256: secretSha256 } = row;
    return { secretSha256, principal: { tokenId: id, name, tenantId, roles } };
  }

  /** @returns when it expires, ISO 8601; null for never. */
  async insert(token: NewToken): Promise<string | null> {
    const [row] = await this.database.query<{ expires_at: Date | null }[]>(
      `INSERT INTO gateway.api_token (id, secret_sha256, principal, tenant_id, roles, created_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + $7::int * interval '1 day') RETURNING expires_at`,
      [
        token.id,
        token.secretSha256,
        token.principal,
        token.tenantId,
        token.roles,
        token.createdBy,
        token.expiresInDays,
      ],
    );
    return row?.expires_at?.toISOString() ?? null;
  }

  /** Makes sure that a configured token exists with this secret and these rights, whatever stood there. */
  async ensure(token: NewToken): Promise<void> {
    await this.database.query(
      `INSERT INTO gateway.api_token (id, secret_sha256, principal, tenant_id, roles, created_by)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (id) DO UPDATE SET secret_sha256 = excluded.secret_sha256, principal = excluded.principal,
         tenant_id = excluded.tenant_id, roles = excluded.roles, expires_at = NULL, revoked_at = NULL`,
      [token.id, token.secretSha256, token.principal, token.tenantId, token.roles, token.createdBy],
    );
  }

  /** @returns false when there is no such token within the scope. */
  async revoke(id: string, scope: Scope): Promise<boolean> {
    const [, count] = await this.database.query<[unknown[], number]>(
      `UPDATE gateway.api_token SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 AND ($2::uuid IS NULL OR tenant_id = $2)`,
      [id, scope.tenantId],
    );
    return count > 0;
  }
}

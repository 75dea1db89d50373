import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { DcmError, routes, type Role, type Route } from '@dcm/contracts';
import { routeNameOf, type GatewayRequest } from '../http/endpoint';
import { AuthService } from './auth.service';

const mayUse = (allowed: readonly Role[], owned: readonly Role[]): boolean =>
  allowed.some((role) => owned.includes(role));

/** Lets in who the route's row of the table allows. A handler without a row is closed. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(private readonly auth: AuthService) {}

  /** @throws DcmError UNAUTHENTICATED, PERMISSION_DENIED */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const name = routeNameOf(context.getHandler());
    if (name === undefined) return false;
    const { roles }: Route = routes[name];
    if (roles === 'public') return true;
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    const principal = await this.auth.authenticate(request.headers.authorization);
    if (!mayUse(roles, principal.roles)) {
      throw new DcmError('PERMISSION_DENIED', `Unable to ${name}: it needs one of the roles ${roles.join(', ')}`);
    }
    request.principal = principal;
    return true;
  }
}

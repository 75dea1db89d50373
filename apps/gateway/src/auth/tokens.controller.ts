import { Controller } from '@nestjs/common';
import type { RouteOutput } from '@dcm/contracts';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { TokensService } from './tokens.service';

/** `/v1/tokens` */
@Controller()
export class TokensController {
  constructor(private readonly tokens: TokensService) {}

  @Endpoint('createToken')
  create(@Input() call: Call<'createToken'>): Promise<RouteOutput<'createToken'>> {
    return this.tokens.create(call.principal, call.body);
  }

  @Endpoint('revokeToken')
  async revoke(@Input() call: Call<'revokeToken'>): Promise<undefined> {
    await this.tokens.revoke(call.principal, call.params.id);
    return undefined;
  }
}

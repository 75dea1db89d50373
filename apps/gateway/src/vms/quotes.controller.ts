import { Controller } from '@nestjs/common';
import type { RouteOutput } from '@dcm/contracts';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { QuotesService } from './quotes.service';

/** `/v1/quotes` */
@Controller()
export class QuotesController {
  constructor(private readonly quotes: QuotesService) {}

  @Endpoint('createQuotes')
  create(@Input() { principal, body }: Call<'createQuotes'>): Promise<RouteOutput<'createQuotes'>> {
    return this.quotes.quote(principal, body);
  }
}

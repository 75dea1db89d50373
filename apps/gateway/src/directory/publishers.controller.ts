import { Controller } from '@nestjs/common';
import type { DeadLetter, Publisher, RouteOutput } from '@dcm/contracts';
import { scopeOf } from '../auth/principal';
import { Endpoint, Input, type Call } from '../http/endpoint';
import { ResourceService } from '../resources/resource.service';
import { AdminClient } from './admin.client';
import { DirectoryService } from './directory.service';

/** `/v1/publishers`, and `/v1/dead-letters`: what they sent that could not be handled. */
@Controller()
export class PublishersController {
  constructor(
    private readonly resources: ResourceService,
    private readonly directory: DirectoryService,
    private readonly admin: AdminClient,
  ) {}

  @Endpoint('createPublisher')
  create(@Input() { principal, body }: Call<'createPublisher'>): Promise<Publisher> {
    return this.directory.change(principal, 'admin.publisher.create', body);
  }

  @Endpoint('listPublishers')
  list(@Input() { principal, query }: Call<'listPublishers'>): Promise<RouteOutput<'listPublishers'>> {
    return this.resources.list(scopeOf(principal), 'publisher', query);
  }

  @Endpoint('listDeadLetters')
  listDeadLetters(@Input() { principal, query }: Call<'listDeadLetters'>): Promise<RouteOutput<'listDeadLetters'>> {
    return this.admin.call(principal, 'dead.list', query);
  }

  @Endpoint('replayDeadLetter')
  replayDeadLetter(@Input() { principal, params }: Call<'replayDeadLetter'>): Promise<DeadLetter> {
    return this.admin.call(principal, 'dead.replay', params);
  }
}

import { Controller, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '@dcm/runtime';
import type { GatewayConfig } from '../gateway.config';
import { Input, RawEndpoint, type Call } from '../http/endpoint';
import { toDcmError } from '../http/framework.errors';
import { CONFIG, LOG } from '../parts';
import type { LinkRow } from './link';
import { LinksService } from './links.service';
import { Misses } from './misses.policy';
import { isOwnForm } from './origin.policy';
import { messagePage, pageHeaders, type Page } from './page.mapper';
import { foreignForm, refusalOfError, tooManyUnknown, unknownLink, type Refusal } from './standing.policy';

const textOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header.join(', ') : header;

const pageOf = ({ status, title, message }: Refusal): Page => messagePage(status, [title, message]);

/** `/v1/approval-links`: the pages behind the links in mails. Errors are pages too, and their log lines never hold the link. */
@Controller()
export class LinksController {
  private readonly misses = new Misses();

  constructor(
    private readonly links: LinksService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @RawEndpoint('showApprovalLink')
  show(@Input() { params, request, reply }: Call<'showApprovalLink'>): Promise<string> {
    return this.answer(reply, () => this.withLink(params.token, request, (link) => this.links.show(link)));
  }

  @RawEndpoint('decideApprovalLink')
  decide(@Input() { params, body, request, reply }: Call<'decideApprovalLink'>): Promise<string> {
    const { headers } = request;
    const from = { site: textOf(headers['sec-fetch-site']), origin: textOf(headers.origin) };
    if (!isOwnForm(from, this.config.DCM_PUBLIC_URL)) {
      return this.answer(reply, () => Promise.resolve(pageOf(foreignForm)));
    }
    return this.answer(reply, () => this.withLink(params.token, request, (link) => this.links.decide(link, body)));
  }

  private async withLink(token: string, { ip }: FastifyRequest, use: (link: LinkRow) => Promise<Page>): Promise<Page> {
    const link = await this.links.find(token);
    if (link !== undefined) return use(link);
    return pageOf(this.misses.add(ip, performance.now()) ? tooManyUnknown : unknownLink);
  }

  private async answer(reply: FastifyReply, write: () => Promise<Page>): Promise<string> {
    const page = await write().catch((thrown: unknown) => {
      const error = toDcmError(thrown);
      const cause = error.cause instanceof Error ? error.cause.message : undefined;
      this.log.error({ code: error.code, error: error.message, cause }, 'the page of an approval link failed');
      return pageOf(refusalOfError(error));
    });
    void reply.status(page.status).headers(pageHeaders);
    return page.html;
  }
}

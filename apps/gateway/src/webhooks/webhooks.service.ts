import { Inject, Injectable } from '@nestjs/common';
import { DcmError, type RouteInput, type RouteOutput, type Webhook, type WebhookWithSecret } from '@dcm/contracts';
import { newId, type Log } from '@dcm/runtime';
import { qualifiedName, scopeOf, type Principal } from '../auth/principal';
import type { GatewayConfig } from '../gateway.config';
import { CONFIG, LOG } from '../parts';
import { identify, payloadHashOf } from '../requests/idempotency.policy';
import { ResourceService } from '../resources/resource.service';
import { refusalOf } from './destination.guard';
import { closeSecret, createSecret, openSecret } from './secret.policy';
import type { AnsweredRequest, WebhookRequest, WebhookRow } from './webhook';
import { changeOf, webhookOf } from './webhook.mapper';
import { WebhookRepository } from './webhook.repository';

const maxPerTenant = 20;
const formerSecretHours = 24;

/** A webhook that was asked for, and whether it had been before, under the same key. */
export interface Created {
  readonly webhook: WebhookWithSecret;
  readonly isReplay: boolean;
}

/** Registers endpoints of a tenant: all within the scope of whoever asks. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhookRepository,
    private readonly resources: ResourceService,
    @Inject(CONFIG) private readonly config: GatewayConfig,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * @param header the header Idempotency-Key, if there is one: the same key with the same wish gets the first answer again, for 7 days.
   * @throws DcmError INVALID_REQUEST, NOT_FOUND, CONFLICT when the tenant has too many, IDEMPOTENCY_KEY_REUSED.
   */
  async create(principal: Principal, wish: RouteInput<'createWebhook'>['body'], header: unknown): Promise<Created> {
    const request = this.requestOf(principal, wish, header);
    const known = request && (await this.webhooks.findRequest(request.id));
    if (request !== undefined && known !== undefined) return this.replay(request, known);
    const { url, description, events, secret = createSecret() } = wish;
    const tenantId = await this.tenantOf(principal, wish.tenantId);
    this.assertDestination(url);
    const id = newId();
    const closed = closeSecret(this.config.DCM_INSTALLATION_KEY, id, secret);
    const row = { id, tenantId, url, description, events, secret: closed, createdBy: principal.name };
    const done = await this.webhooks.insert(row, maxPerTenant, principal, request);
    if (done === undefined) {
      throw new DcmError('CONFLICT', `Unable to create the webhook: a tenant has at most ${maxPerTenant}`);
    }
    if ('earlier' in done) return this.replay(request, done.earlier);
    this.note('created', principal, id);
    return { webhook: { ...webhookOf(done.made), secret }, isReplay: false };
  }

  /** Who changed it, when and to what; also of a webhook that is gone. @throws DcmError NOT_FOUND, INVALID_REQUEST for a page token of another list. */
  async changes(
    principal: Principal,
    id: string,
    query: RouteInput<'listWebhookChanges'>['query'],
  ): Promise<RouteOutput<'listWebhookChanges'>> {
    const context = JSON.stringify(['webhook-change', id]);
    const after = this.resources.startOf(query, context);
    const rows = await this.webhooks.changesOf(scopeOf(principal), id, { limit: query.pageSize + 1, after });
    if (rows.length === 0 && after === undefined) found(undefined, 'find', id);
    return this.resources.cut(rows.map(changeOf), query, context);
  }

  /** @throws DcmError NOT_FOUND, for what belongs to another tenant too. */
  async get(principal: Principal, id: string): Promise<Webhook> {
    return webhookOf(found(await this.webhooks.find(scopeOf(principal), id), 'find', id));
  }

  /** @throws DcmError INVALID_REQUEST for a page token of another list. */
  async list(principal: Principal, query: RouteInput<'listWebhooks'>['query']): Promise<RouteOutput<'listWebhooks'>> {
    const scope = scopeOf(principal);
    const { tenantId, pageSize } = query;
    const context = JSON.stringify(['webhook', scope.tenantId, tenantId ?? null]);
    const after = this.resources.startOf(query, context);
    const rows = await this.webhooks.list(scope, { tenantId, limit: pageSize + 1, after });
    return this.resources.cut(rows.map(webhookOf), query, context);
  }

  /** @throws DcmError INVALID_REQUEST, NOT_FOUND */
  async update(principal: Principal, id: string, change: RouteInput<'updateWebhook'>['body']): Promise<Webhook> {
    if (change.url !== undefined) this.assertDestination(change.url);
    const webhook = webhookOf(
      found(await this.webhooks.update(scopeOf(principal), id, change, principal), 'change', id),
    );
    this.note('changed', principal, id);
    return webhook;
  }

  /** @throws DcmError NOT_FOUND */
  async rotate(principal: Principal, id: string, secret = createSecret()): Promise<WebhookWithSecret> {
    const closed = closeSecret(this.config.DCM_INSTALLATION_KEY, id, secret);
    const given = { secret: closed, formerHours: formerSecretHours };
    const row = await this.webhooks.rotate(scopeOf(principal), id, given, principal);
    const webhook = webhookOf(found(row, 'change', id));
    this.note('given another secret', principal, id);
    return { ...webhook, secret };
  }

  /** @throws DcmError NOT_FOUND */
  async remove(principal: Principal, id: string): Promise<void> {
    if (!(await this.webhooks.remove(scopeOf(principal), id, principal))) found(undefined, 'delete', id);
    this.note('deleted', principal, id);
  }

  private requestOf(principal: Principal, wish: object, header: unknown): WebhookRequest | undefined {
    // Keys of VMs are kept elsewhere: the same one may stand there too.
    const { operationId: id, key } = identify(`${qualifiedName(principal)}/webhooks`, header);
    return key === null ? undefined : { id, payloadHash: payloadHashOf(this.config.DCM_INSTALLATION_KEY, wish) };
  }

  private replay(request: WebhookRequest | undefined, earlier: AnsweredRequest): Created {
    if (request?.payloadHash !== earlier.payloadHash) {
      const details = [{ pointer: 'header/Idempotency-Key', message: 'was used before with another payload' }];
      const message = 'Unable to create the webhook: its key stands for another one';
      throw new DcmError('IDEMPOTENCY_KEY_REUSED', message, { details });
    }
    const secret = openSecret(this.config.DCM_INSTALLATION_KEY, earlier.webhookId, earlier.secret);
    if (secret === undefined)
      throw new DcmError(
        'INTERNAL',
        `Unable to answer again: the secret of webhook ${earlier.webhookId} does not open`,
      );
    return { webhook: { ...earlier.answer, secret }, isReplay: true };
  }

  private async tenantOf(principal: Principal, named: string | undefined): Promise<string> {
    const tenantId = named ?? principal.tenantId;
    if (tenantId === null) {
      const details = [{ pointer: '/tenantId', message: 'must name the tenant of the webhook' }];
      throw new DcmError('INVALID_REQUEST', 'Unable to create the webhook: no tenant is named', { details });
    }
    await this.resources.get(scopeOf(principal), 'tenant', tenantId);
    return tenantId;
  }

  private assertDestination(url: string): void {
    const message = refusalOf(new URL(url), this.config.DCM_WEBHOOKS_ALLOW_PRIVATE);
    if (message === undefined) return;
    const details = [{ pointer: '/url', message }];
    throw new DcmError('INVALID_REQUEST', 'Unable to use the URL for a webhook: nothing is sent there', { details });
  }

  private note(what: string, { name, tenantId }: Principal, webhookId: string): void {
    this.log.info({ webhookId, by: name, byTenantId: tenantId }, `a webhook was ${what}`);
  }
}

function found(row: WebhookRow | undefined, verb: string, id: string): WebhookRow {
  if (row === undefined) throw new DcmError('NOT_FOUND', `Unable to ${verb} webhook ${id}: there is none here`);
  return row;
}

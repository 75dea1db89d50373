import type { Webhook, WebhookDelivery, WebhookWithSecret } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import type { Environment } from '@dcm/runtime';
import type { DocOf } from '../src/resources/resource';
import { aVm } from './docs';
import { HookCatcher, type CaughtPost } from './hook-catcher';
import { Scene, type TestTenant } from './scene';

/** A gateway that may post to this machine, a tenant, and an HTTPS endpoint that keeps what comes. */
export class HookWorld {
  scene!: Scene;
  tenant!: TestTenant;
  catcher!: HookCatcher;

  static async open(env: Environment = {}): Promise<HookWorld> {
    const world = new HookWorld();
    world.catcher = await HookCatcher.open();
    world.scene = await Scene.open({ ...world.env, ...env });
    world.tenant = await world.scene.tenant();
    return world;
  }

  get env(): Environment {
    return {
      DCM_WEBHOOKS_MS: '50',
      DCM_WEBHOOKS_RETRY_MS: '100',
      DCM_WEBHOOKS_TIMEOUT_MS: '1000',
      DCM_WEBHOOKS_ALLOW_PRIVATE: '1',
      DCM_WEBHOOKS_CA: this.catcher.authority,
    };
  }

  async close(): Promise<void> {
    await this.scene.close();
    await this.catcher.close();
  }

  /** Registers an endpoint. */
  async hook(change: Record<string, unknown> = {}, { token } = this.tenant): Promise<WebhookWithSecret> {
    const body = { url: this.catcher.url, events: ['vm.changed', 'operation.changed'], ...change };
    const created = await this.scene.call<WebhookWithSecret>('createWebhook', { body, token });
    expect([created.status, created.body]).toEqual([201, expect.anything()]);
    return created.body;
  }

  async get(id: string): Promise<Webhook> {
    return (await this.scene.call<Webhook>('getWebhook', { params: { id }, token: this.tenant.token })).body;
  }

  async deliveries(id: string, query = ''): Promise<WebhookDelivery[]> {
    const options = { params: { id }, query, token: this.tenant.token };
    return (await this.scene.call<{ items: WebhookDelivery[] }>('listWebhookDeliveries', options)).body.items;
  }

  /** A state of a VM, as its event is told. */
  async vm(change: Record<string, unknown> = {}, tenant = this.tenant): Promise<DocOf<'vm'>> {
    const vm = aVm({ tenantId: tenant.id, projectId: tenant.projectId, ...change });
    await this.scene.approvals.change('vm', vm.id, vm);
    await this.scene.projected();
    return vm;
  }

  async caught(count: number, path = '/hook'): Promise<CaughtPost[]> {
    await waitUntil(() => this.catcher.to(path).length >= count, `${count} posts to ${path}`);
    return this.catcher.to(path);
  }

  /** Waits until the latest delivery to a webhook has a state. */
  async settled(id: string, state: WebhookDelivery['state']): Promise<WebhookDelivery> {
    const latest = async (): Promise<WebhookDelivery | undefined> => (await this.deliveries(id))[0];
    await waitUntil(async () => (await latest())?.state === state, `a delivery that is ${state}`);
    const delivery = await latest();
    if (delivery === undefined) throw new Error('the delivery is gone');
    return delivery;
  }
}

import type { Role } from '@dcm/contracts';
import { waitUntil } from '@dcm/messaging/testing';
import { newId, type Environment } from '@dcm/runtime';
import type { DocOf } from '../src/resources/resource';
import { anApproval, anOperation, aVm } from './docs';
import { MailCatcher, type CaughtMail } from './mail-catcher';
import { Scene, type Answer, type TestTenant } from './scene';

export const publicUrl = 'https://dcm.example.com';
export const soon = (): string => new Date(Date.now() + 3_600_000).toISOString();

export interface Page {
  readonly text: string;
}

/** A gateway that writes to a local mail catcher, a tenant with people, and approvals that can be asked. */
export class LinkWorld {
  scene!: Scene;
  mail!: MailCatcher;
  tenant!: TestTenant;

  static async open(env: Environment = {}): Promise<LinkWorld> {
    const world = new LinkWorld();
    world.mail = await MailCatcher.open();
    world.scene = await Scene.open({ ...world.env, ...env });
    world.tenant = await world.scene.tenant();
    world.scene.approvals.answer('approval.decide', (input) => {
      const asked = world.scene.approvals.journal.findLast(({ id }) => id === input['approvalId']);
      const by = world.scene.approvals.calls.at(-1)?.actor as { principal: string };
      const decision = { by: by.principal, decision: input['decision'], comment: input['comment'], at: soon() };
      const state = input['decision'] === 'approve' ? 'approved' : 'rejected';
      return { ...asked?.doc, state, decision, seq: (asked?.seq ?? 0) + 1 };
    });
    return world;
  }

  get env(): Environment {
    return {
      DCM_SMTP_URL: this.mail.url,
      DCM_MAIL_FROM: 'dcm@example.com',
      DCM_PUBLIC_URL: publicUrl,
      DCM_NOTIFY_MS: '50',
      DCM_MAIL_RETRY_MS: '50',
    };
  }

  async close(): Promise<void> {
    await this.scene.close();
    await this.mail.close();
  }

  /** Somebody with a token and a mailbox of that name. */
  async person(principal: string, roles: readonly Role[], tenant = this.tenant): Promise<string> {
    const token = await this.scene.token(tenant.id, roles, principal);
    const email = `${principal}@example.com`;
    const set = { params: { principal }, body: { email }, token: tenant.token };
    expect((await this.scene.call('setPerson', set)).status).toBe(200);
    return token;
  }

  /** An approval that waits, with what it is about. */
  async ask(change: Record<string, unknown> = {}): Promise<DocOf<'approval'>> {
    const { id: tenantId, projectId } = this.tenant;
    const vm = aVm({ tenantId, projectId, name: 'web-01', lifecycle: 'requested' });
    const operation = anOperation({ tenantId, projectId, vmId: vm.id, state: 'pending_approval' });
    const about = { tenantId, projectId, vmId: vm.id, operationId: operation.id };
    const approval = anApproval({ id: newId(), ...about, expiresAt: soon(), ...change });
    await this.scene.approvals.change('vm', vm.id, vm);
    await this.scene.approvals.change('operation', operation.id, operation);
    await this.scene.approvals.change('approval', approval.id, { ...approval, ...change });
    return approval;
  }

  async caught(principal: string, count = 1): Promise<CaughtMail[]> {
    const of = (): CaughtMail[] => this.mail.to(`${principal}@example.com`);
    await waitUntil(() => Promise.resolve(of().length >= count), `${count} mails to ${principal}`);
    return of();
  }

  /** The link in the only mail to somebody. */
  async link(principal: string): Promise<string> {
    const [mail] = await this.caught(principal);
    if (mail === undefined) throw new Error(`no mail to ${principal}`);
    return mail.link;
  }

  show(link: string): Promise<Answer<Page>> {
    return this.scene.http('GET', link, { token: '' });
  }

  answer(link: string, decision: string, headers: Record<string, string> = {}): Promise<Answer<Page>> {
    const body = new URLSearchParams({ decision, comment: 'as agreed' }).toString();
    return this.scene.http('POST', link, {
      token: '',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  /** What approvals was asked to decide. */
  get decisions(): { actor: unknown; input: Record<string, unknown> }[] {
    return this.scene.approvals.calls.filter(({ name }) => name === 'approval.decide');
  }
}

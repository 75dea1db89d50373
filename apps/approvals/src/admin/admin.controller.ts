import { Controller, Inject } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import {
  adminCalls,
  adminRequestSchema,
  DcmError,
  parseOrThrow,
  queues,
  type AdminActor,
  type AdminCallName,
} from '@dcm/contracts';
import type { DcmMessage } from '@dcm/messaging';
import { APPROVALS_CONFIG, relayUsersOf, type ApprovalsConfig } from '../approvals.config';
import { CALL_HANDLERS, type CallHandlers } from './ports';

const isCallName = (name: string): name is AdminCallName => Object.hasOwn(adminCalls, name);

/** The admin door: RPC named by its routing key, open to gateways only, since they vouch for the actor. */
@Controller()
export class AdminController {
  private readonly gateways: ReadonlySet<string>;

  constructor(
    @Inject(APPROVALS_CONFIG) config: Pick<ApprovalsConfig, 'DCM_RELAY_USERS' | 'AMQP_URL'>,
    @Inject(CALL_HANDLERS) private readonly handlers: CallHandlers<AdminCallName>,
  ) {
    this.gateways = new Set(relayUsersOf(config));
  }

  /** @throws DcmError PERMISSION_DENIED for a caller that is no gateway; INVALID_REQUEST; whatever the call itself says. */
  @MessagePattern('#', { queue: queues.admin })
  async call(message: DcmMessage): Promise<unknown> {
    const name = message.routingKey;
    if (message.userId === undefined || !this.gateways.has(message.userId))
      throw new DcmError('PERMISSION_DENIED', `Unable to call ${name}: the caller is no gateway`);
    if (!isCallName(name)) throw new DcmError('INVALID_REQUEST', `Unable to call ${name}: there is no such call`);
    const { actor, input } = parseOrThrow(adminRequestSchema, message.data, 'admin call');
    const handle = this.handlers[name] as (input: unknown, actor: AdminActor) => Promise<unknown>;
    return handle(parseOrThrow(adminCalls[name].input, input, name), actor);
  }
}

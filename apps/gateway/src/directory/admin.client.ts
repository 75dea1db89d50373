import { Inject, Injectable } from '@nestjs/common';
import {
  adminCalls,
  DcmError,
  exchanges,
  type AdminActor,
  type AdminCallName,
  type AdminInput,
  type AdminOutput,
} from '@dcm/contracts';
import { rpc, type Broker } from '@dcm/messaging';
import { newId } from '@dcm/runtime';
import type { Principal } from '../auth/principal';
import { Drain } from '../drain';
import { BROKER } from '../parts';

const usualTimeoutMs = 10_000;

/** How long an answer is waited for; 10 seconds unless said. */
interface Patience {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The gateway itself, when nobody asked it. */
const gateway: AdminActor = { principal: 'gateway', tenantId: null, roles: ['platform-admin'] };

const actorOf = ({ name, tenantId, roles }: Principal): unknown => ({ principal: name, tenantId, roles });

/** Asks approvals, in somebody's name. */
@Injectable()
export class AdminClient {
  constructor(
    @Inject(BROKER) private readonly broker: Broker,
    private readonly drain: Drain,
  ) {}

  /** @throws DcmError as approvals answers; UNAVAILABLE when it does not: the call may have been carried out. */
  call<N extends AdminCallName>(
    principal: Principal,
    name: N,
    input: AdminInput<N>,
    patience: Patience = {},
  ): Promise<AdminOutput<N>> {
    return this.send(actorOf(principal), name, input, patience);
  }

  /** Reads the journal for the read model; given up when `signal` says so, by default when the process goes away. */
  readJournal(
    input: AdminInput<'journal.read'>,
    signal: AbortSignal = this.drain.signal,
  ): Promise<AdminOutput<'journal.read'>> {
    return this.send(gateway, 'journal.read', input, { signal });
  }

  private async send<N extends AdminCallName>(
    actor: unknown,
    name: N,
    input: AdminInput<N>,
    { timeoutMs = usualTimeoutMs, signal }: Patience,
  ): Promise<AdminOutput<N>> {
    const answer = await rpc(this.broker, {
      exchange: exchanges.admin,
      routingKey: name,
      type: 'io.dcm.admin.call.v1',
      source: '/dcm/gateway',
      id: newId(),
      data: { actor, input },
      timeoutMs,
      ...(signal !== undefined && { signal }),
    });
    const parsed = adminCalls[name].output.safeParse(answer);
    if (parsed.success) return parsed.data as AdminOutput<N>;
    throw new DcmError('INTERNAL', `Unable to read the answer to ${name}: it breaks its schema`, {
      cause: parsed.error,
    });
  }
}

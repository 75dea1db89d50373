import { DcmError } from '@dcm/contracts';
import { BaseRpcContext } from '@nestjs/microservices';
import type { InboundMessage } from '../broker';

/**
 * What a handler may ask about the delivery it works on. Nest types the second argument of an `@EventPattern` as unknown:
 * `@Ctx() context: unknown`, then `DcmContext.of(context)`.
 */
export class DcmContext extends BaseRpcContext<[InboundMessage, AbortSignal, number]> {
  /** @throws DcmError INTERNAL for anything else than the context of this transport. */
  static of(context: unknown): DcmContext {
    if (context instanceof DcmContext) return context;
    throw new DcmError('INTERNAL', 'Unable to read the context: the handler was not called by DcmTransport');
  }

  /** The message as it arrived, undecoded. */
  get message(): InboundMessage {
    return this.args[0];
  }

  /** Aborts when the broker took the delivery back: somebody else handles it now. */
  get lost(): AbortSignal {
    return this.args[1];
  }

  /** Counts from 1 the attempts in this process. */
  get attempt(): number {
    return this.args[2];
  }
}

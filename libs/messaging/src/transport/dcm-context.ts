import { BaseRpcContext } from '@nestjs/microservices';
import type { InboundMessage } from '../broker';

/** What a handler may ask about the delivery it works on: its second argument, `@Ctx() context: DcmContext`. */
export class DcmContext extends BaseRpcContext<[InboundMessage, AbortSignal, number]> {
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

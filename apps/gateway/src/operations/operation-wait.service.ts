import { Injectable } from '@nestjs/common';
import type { Scope } from '../auth/principal';
import { Drain } from '../drain';
import { ChangeTail } from '../projection/change-tail';
import { ResourceRepository } from '../resources/resource.repository';

/** Looks again even if the tail said nothing: a gap may hold it up. */
const lookEveryMs = 1_000;

/** Waits for the end of operations, for callers that prefer to. */
@Injectable()
export class OperationWaitService {
  constructor(
    private readonly tail: ChangeTail,
    private readonly resources: ResourceRepository,
    private readonly drain: Drain,
  ) {}

  /** @returns whether the operation ended within `timeoutMs`, and before this process goes away. */
  async untilFinal(scope: Scope, operationId: string, timeoutMs: number): Promise<boolean> {
    const giveUp = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.drain.signal]);
    for (;;) {
      const changed = this.changeOf(operationId, giveUp);
      const operation = await this.resources.find(scope, 'operation', operationId);
      if (operation?.done === true) {
        changed.cancel();
        return true;
      }
      if (giveUp.aborted) {
        changed.cancel();
        return false;
      }
      await changed.happened;
    }
  }

  /** Resolves when the operation changed, when it is time to look again, or when it is time to give up. */
  private changeOf(operationId: string, giveUp: AbortSignal): { happened: Promise<void>; cancel: () => void } {
    let cancel = (): void => undefined;
    const happened = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        cancel();
      }, lookEveryMs);
      const stopListening = this.tail.listen((page) => {
        if (page.changes.some((change) => change.kind === 'operation' && change.id === operationId)) cancel();
      });
      cancel = () => {
        clearTimeout(timer);
        stopListening();
        giveUp.removeEventListener('abort', cancel);
        resolve();
      };
      giveUp.addEventListener('abort', cancel);
    });
    return {
      happened,
      cancel: () => {
        cancel();
      },
    };
  }
}

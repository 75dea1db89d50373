import type { ManagedObjectReference } from './managed.object';
import type { ServiceContent } from './service.content';
import type { VimObject } from './vim.data';

/** How one call is made. */
export interface CallOptions {
  /** Limit for each attempt, the wait for a free connection included. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** The target lives and dies with the session (filter, page token): repeating the call in a new one is pointless. */
  readonly isSessionBound?: boolean;
  /** The server answers when something happens: the call must not take a place from the others. */
  readonly isLongPoll?: boolean;
}

/** Makes calls in the client's session. */
export interface VimCaller {
  /**
   * Makes one call; when the session is over, logs in and repeats it once.
   * @param operation the vim25 operation, such as `CloneVM_Task`
   * @param target the object it is called on
   * @param parameters by the names of the reference; their order does not matter
   * @returns the decoded result, undefined when there is none
   * @throws VimRequestError (nothing was sent), VimFault (refused), VimTransportError (outcome unknown)
   */
  call(
    operation: string,
    target: ManagedObjectReference,
    parameters?: VimObject,
    options?: CallOptions,
  ): Promise<unknown>;

  /** The server's well-known objects. @throws as `call` */
  content(signal?: AbortSignal): Promise<ServiceContent>;
}

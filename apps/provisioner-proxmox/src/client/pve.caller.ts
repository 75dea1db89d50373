import type { PveParameters, PvePath } from './pve.request';

/** How one call is made. */
export interface PveCall {
  readonly signal?: AbortSignal;
  /** Limit for the whole call: the wait for a place, a login and every endpoint that is tried. */
  readonly timeoutMs?: number;
  /** The node to ask first; default: the one that the path names. */
  readonly node?: string;
  /** Called right before each sending; what it throws is thrown and nothing is sent. */
  readonly beforeSend?: () => void;
}

/** Makes calls of the API. What each promises stands at PveClient. */
export interface PveCaller {
  get(path: PvePath, query?: PveParameters, ctx?: PveCall): Promise<unknown>;
  post(path: PvePath, form?: PveParameters, ctx?: PveCall): Promise<unknown>;
  put(path: PvePath, form?: PveParameters, ctx?: PveCall): Promise<unknown>;
  delete(path: PvePath, query?: PveParameters, ctx?: PveCall): Promise<unknown>;
}

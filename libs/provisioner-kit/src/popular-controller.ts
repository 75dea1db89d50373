import { setMaxListeners } from 'node:events';

/** A controller whose signal many may wait on at a time without Node taking them for a leak. */
export function popularController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

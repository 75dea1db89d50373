/** What the process hands to its classes, by token: things that have no class of their own to name them. */
export const CONFIG = Symbol('gateway.config');
export const LOG = Symbol('gateway.log');
export const BROKER = Symbol('gateway.broker');
export const RELAY = Symbol('gateway.relay');
export const METRICS = Symbol('gateway.metrics');
/** How fast the door hands on what it accepted. */
export const YIELDING = Symbol('gateway.yielding');

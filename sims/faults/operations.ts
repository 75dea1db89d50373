import type { HttpCall } from './http.faults';

/** Reads an operation's name from a request. */
export type OperationOf = (call: Omit<HttpCall, 'operation'>) => string;

/** SOAP: the element in the body, e.g. `CloneVM_Task`; empty when there is none. */
export const soapOperation: OperationOf = ({ body }) =>
  /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?([\w.-]+)/.exec(body.toString('utf8'))?.[1] ?? '';

/** REST: method and path without its query, e.g. `POST /api2/json/nodes/pve/qemu`. */
export const restOperation: OperationOf = ({ method, path }) => `${method} ${path.split('?')[0] ?? ''}`;

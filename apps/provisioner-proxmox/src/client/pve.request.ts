import { PveRequestError } from './pve.errors';

export type PveMethod = 'DELETE' | 'GET' | 'POST' | 'PUT';

/** A path below `/api2/json`, one segment each: `['nodes', 'pve1', 'qemu', 100, 'config']`. */
export type PvePath = readonly (number | string)[];

/** Parameters by name. Booleans go out as 1 and 0, as PVE wants them; undefined is left out. */
export type PveParameters = Readonly<Record<string, boolean | number | string | undefined>>;

/** One call, written out: it can be sent as often as needed. */
export interface PveRequest {
  readonly method: PveMethod;
  /** Method and path, for people and for errors. */
  readonly call: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** The form; undefined where there is none. */
  readonly body?: string;
  /** The cluster's node that is to carry it out, as the path says. */
  readonly node?: string;
  /** Whether it changes nothing, so that it may be made again without a thought. */
  readonly isRepeatable: boolean;
  /** Values of this call that must stand in no error. */
  readonly secrets: readonly string[];
}

/** pveproxy's limit since 8.4; what is older takes 64 KiB and answers 501. */
const MAX_BODY_BYTES = 512 * 1024;
/** All headers together, the request line among them, may have 8 KiB. */
const MAX_TARGET_LENGTH = 6 * 1024;
const SECRET_NAME = /passw|secret|ticket|token/i;

/**
 * Writes a call out. GET and DELETE take parameters in the query (a body is refused with 501), POST and PUT as a form.
 * @throws PveRequestError naming the segment or parameter that cannot be used
 */
export function encodeRequest(method: PveMethod, path: PvePath, parameters: PveParameters = {}): PveRequest {
  const route = encodePath(path);
  const form = encodeParameters(parameters);
  const common = {
    method,
    call: `${method} ${route}`,
    isRepeatable: method === 'GET',
    secrets: secretsOf(parameters),
    ...(path[0] === 'nodes' && path.length > 1 && { node: String(path[1]) }),
  };
  return method === 'GET' || method === 'DELETE' ? withQuery(common, route, form) : withBody(common, route, form);
}

function withQuery(common: Omit<PveRequest, 'target'>, route: string, form: string): PveRequest {
  const target = `/api2/json${route}${form === '' ? '' : `?${form}`}`;
  if (target.length > MAX_TARGET_LENGTH)
    throw new PveRequestError(common.call, 'its parameters are too long for a query');
  return { ...common, target };
}

function withBody(common: Omit<PveRequest, 'target'>, route: string, form: string): PveRequest {
  if (form.length > MAX_BODY_BYTES) throw new PveRequestError(common.call, 'its parameters are too long');
  return { ...common, target: `/api2/json${route}`, ...(form !== '' && { body: form }) };
}

/** @throws PveRequestError for a segment that would not stay one: empty, `.` or `..` */
function encodePath(path: PvePath): string {
  return path
    .map((segment, index) => {
      const text = String(segment);
      if (text === '' || text === '.' || text === '..') {
        throw new PveRequestError(`path segment ${index}`, 'it must be a name or a number');
      }
      return `/${encodeURIComponent(text)}`;
    })
    .join('');
}

function encodeParameters(parameters: PveParameters): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) form.append(name, typeof value === 'boolean' ? String(Number(value)) : String(value));
  }
  return form.toString();
}

function secretsOf(parameters: PveParameters): string[] {
  return Object.entries(parameters).flatMap(([name, value]) =>
    typeof value === 'string' && SECRET_NAME.test(name) ? [value] : [],
  );
}

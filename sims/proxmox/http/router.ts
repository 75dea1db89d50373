import type { Endpoint } from './endpoint';

/** An endpoint and what its path says. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly variables: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly endpoint: Endpoint;
  readonly segments: readonly string[];
}

/** A volume's name has slashes of its own: it takes the rest of the path. */
const takesRest = (segments: readonly string[]): boolean => segments.at(-1) === '{volume}';

function match({ segments }: Compiled, path: readonly string[]): Record<string, string> | undefined {
  const values = valuesFor(segments, path);
  const variables: Record<string, string> = {};
  if (values === undefined) return undefined;
  for (const [index, segment] of segments.entries()) {
    const value = values[index] ?? '';
    if (segment.startsWith('{')) variables[segment.slice(1, -1)] = value;
    else if (segment !== value) return undefined;
  }
  return variables;
}

/** One value for each segment, or nothing when there are too few or too many. */
function valuesFor(segments: readonly string[], path: readonly string[]): readonly string[] | undefined {
  if (path.length === segments.length) return path;
  if (!takesRest(segments) || path.length < segments.length) return undefined;
  const last = segments.length - 1;
  return [...path.slice(0, last), path.slice(last).join('/')];
}

/** Finds the endpoint of a method and path. */
export class Router {
  readonly #byMethod = new Map<string, Compiled[]>();

  constructor(endpoints: readonly Endpoint[]) {
    for (const endpoint of endpoints) {
      const compiled = { endpoint, segments: endpoint.path.split('/').slice(1) };
      this.#byMethod.set(endpoint.method, [...(this.#byMethod.get(endpoint.method) ?? []), compiled]);
    }
  }

  /** @param path below `/api2/json`, its parts still percent-encoded */
  find(method: string, path: string): Route | undefined {
    const parts = path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded);
    for (const compiled of this.#byMethod.get(method) ?? []) {
      const variables = match(compiled, parts);
      if (variables !== undefined) return { endpoint: compiled.endpoint, variables };
    }
    return undefined;
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

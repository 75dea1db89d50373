import type { IncomingMessage } from 'node:http';
import { ApiError, badParameters, failure, ProxyError } from '../api.error';
import type { Identity } from '../access/identity';
import type { Cluster } from '../cluster/cluster';
import type { ClusterNode } from '../cluster/node';
import { verify } from '../schema/verify';
import { refusal, success, type Answer } from './answer';
import { readBody, readForm, type Given } from './body';
import { identify } from './login';
import type { Route, Router } from './router';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const BASE = '/api2/json';
const FIRST_WAIT_MS = 30_000;
const LATER_WAIT_MS = 3_000;
const ANONYMOUS: Identity = { user: '' };

/** A request as it came in at a node. */
export interface Incoming {
  readonly request: IncomingMessage;
  readonly node: ClusterNode;
  readonly body: string;
}

/** What a node does with a request: login, path, permission, schema, and on to the node that it names. */
export class Gateway {
  constructor(
    private readonly cluster: Cluster,
    private readonly router: Router,
  ) {}

  /** Never throws: errors are answers. */
  async answer(incoming: Incoming): Promise<Answer> {
    try {
      return await this.#answer(incoming);
    } catch (error) {
      const isUnauthorized = (error instanceof ProxyError || error instanceof ApiError) && error.status === 401;
      if (isUnauthorized) await this.cluster.clock.pause(this.cluster.options.authDelayMs);
      return refusal(error);
    }
  }

  async #answer({ request, node, body }: Incoming): Promise<Answer> {
    const { method = '', url = '' } = request;
    if (!METHODS.includes(method)) throw new ProxyError(501, `method '${method}' not available`);
    const [path = '', query = ''] = splitQuery(url);
    if (!path.startsWith(`${BASE}/`)) throw new ProxyError(404, `no such file '${path}'`);
    const below = path.slice(BASE.length);
    const route = this.router.find(method, below);
    const identity = route?.endpoint.permission === 'world' ? ANONYMOUS : identify(this.cluster.access, request);
    const given = { ...readBody(request, body), ...readForm(query) };
    if (route === undefined) throw new ApiError(501, `Method '${method} ${below}' not implemented`);
    return this.#call(route, { identity, given, node });
  }

  async #call(
    route: Route,
    { identity, given, node }: { identity: Identity; given: Given; node: ClusterNode },
  ): Promise<Answer> {
    const { endpoint, variables } = route;
    const { cluster } = this;
    const all = merge(variables, given);
    if (endpoint.permission !== 'world') endpoint.permission({ access: cluster.access, identity, given: all });
    const executor = await this.#executor(node, variables['node']);
    const params = verify(endpoint.parameters, all);
    const result: unknown = await endpoint.handle({ cluster, node: executor, identity, params });
    if (endpoint.method !== 'GET') cluster.broadcast.changed();
    return success(result, endpoint.isProtected === true);
  }

  /** The node that a path names carries a call out. @throws ProxyError 595 when that is dead */
  async #executor(here: ClusterNode, name: string | undefined): Promise<ClusterNode> {
    if (name === undefined || name === 'localhost') return here;
    const node = this.cluster.nodes.get(name);
    if (node === undefined) {
      throw failure(
        `hostname lookup '${name}' failed - failed to get address info for: ${name}: Name or service not known`,
      );
    }
    if (!node.isAlive) await this.#giveUp(node);
    return node;
  }

  async #giveUp(node: ClusterNode): Promise<never> {
    const isFirst = !node.isKnownDead;
    await this.cluster.clock.wait(isFirst ? FIRST_WAIT_MS : LATER_WAIT_MS);
    node.isKnownDead = true;
    throw new ProxyError(595, isFirst ? 'Connection timed out' : 'No route to host');
  }
}

const splitQuery = (url: string): readonly string[] => {
  const at = url.indexOf('?');
  return at < 0 ? [url] : [url.slice(0, at), url.slice(at + 1)];
};

/** @throws ApiError 400 when a parameter contradicts the path. */
function merge(variables: Readonly<Record<string, string>>, given: Given): Given {
  for (const [name, value] of Object.entries(variables)) {
    const other = Object.hasOwn(given, name) ? given[name] : undefined;
    if (
      other !== undefined &&
      other !== null &&
      JSON.stringify(other) !== JSON.stringify(value) &&
      other !== Number(value)
    ) {
      throw badParameters({ [name]: 'duplicate parameter (already defined in URI) with conflicting values!' });
    }
  }
  return { ...given, ...variables };
}

import type { z } from 'zod';
import { directoryRoutes } from './directory.routes';
import { notificationRoutes } from './notification.routes';
import { policyRoutes } from './policy.routes';
import { systemRoutes } from './system.routes';
import { webhookRoutes } from './webhook.routes';
import { workRoutes } from './work.routes';

/** The HTTP surface of the gateway. */
export const routes = {
  ...directoryRoutes,
  ...policyRoutes,
  ...workRoutes,
  ...notificationRoutes,
  ...webhookRoutes,
  ...systemRoutes,
} as const;
export type RouteName = keyof typeof routes;

type SchemaOf<N extends RouteName, K extends 'params' | 'query' | 'body'> =
  (typeof routes)[N] extends Record<K, infer S extends z.ZodType> ? S : undefined;
type OutputOf<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler of the route gets, validated; undefined where the route takes none. */
export interface RouteInput<N extends RouteName> {
  readonly params: OutputOf<SchemaOf<N, 'params'>>;
  readonly query: OutputOf<SchemaOf<N, 'query'>>;
  readonly body: OutputOf<SchemaOf<N, 'body'>>;
}
/** What a handler of the route answers; undefined where the route has no JSON answer. */
export type RouteOutput<N extends RouteName> = OutputOf<(typeof routes)[N]['response']>;

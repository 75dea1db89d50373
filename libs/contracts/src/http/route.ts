import { z } from 'zod';
import type { Role } from '../domain/role';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One route: the only source for routing, authorization, validation and OpenAPI. `roles: 'public'` needs no token. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly tag: string;
  readonly roles: readonly Role[] | 'public';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: number;
  readonly response: z.ZodType | null;
  /** Whether an Idempotency-Key header is honoured. */
  readonly idempotent?: boolean;
  readonly contentType?: string;
  /** The body comes as a form of a page instead of JSON. */
  readonly form?: boolean;
}

/** A page of a list; a token is opaque and belongs to its filters. */
export const pageOf = <S extends z.ZodType>(
  item: S,
): z.ZodObject<{ items: z.ZodArray<S>; nextPageToken: z.ZodNullable<z.ZodString> }> =>
  z.object({ items: z.array(item), nextPageToken: z.string().nullable() });

export const idParams = z.strictObject({ id: z.uuid().toLowerCase() });
export const nameParams = z.strictObject({ name: z.string().max(63) });

/** The query of every list; a larger page than 1000 is refused. */
export const paging = {
  pageSize: z.coerce.number().int().min(1).max(1000).default(50),
  pageToken: z.string().max(1024).optional(),
};
export const page = z.strictObject(paging);

export const everyone = ['platform-admin', 'tenant-admin', 'approver', 'developer', 'auditor', 'service'] as const;
export const writers = ['platform-admin', 'tenant-admin', 'developer', 'service'] as const;
/** Who asks for VMs, and who decides about them. */
export const writersAndApprovers = ['platform-admin', 'tenant-admin', 'approver', 'developer', 'service'] as const;
export const tenantAdmins = ['platform-admin', 'tenant-admin'] as const;
export const platformAdmins = ['platform-admin'] as const;

type Access = Pick<Route, 'roles' | 'response'>;
type Extra = Partial<Pick<Route, 'params' | 'query' | 'body' | 'status' | 'idempotent' | 'contentType' | 'form'>>;

/** A route that keeps the types of its own schemas, so that handlers are typed from the table. */
export type TypedRoute<M extends Method, P extends string, A extends Access, E extends Extra> = Omit<
  Route,
  'method' | 'path' | keyof A | keyof E
> & { readonly method: M; readonly path: P } & A &
  E;

/** Writes a route in the order in which people read it: place, names, access, the rest. Status 200 unless said otherwise. */
export const route = <
  const M extends Method,
  const P extends string,
  const A extends Access,
  const E extends Extra = { status: number },
>(
  [method, path]: readonly [M, P],
  [operationId, tag, summary]: readonly [string, string, string],
  access: A,
  extra?: E,
): TypedRoute<M, P, A, E> => {
  const complete: Route = { method, path, operationId, tag, summary, status: 200, ...access, ...extra };
  return complete as unknown as TypedRoute<M, P, A, E>;
};

import {
  applyDecorators,
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
} from '@nestjs/common';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DcmError, routes, type Route, type RouteInput, type RouteName, type RouteOutput } from '@dcm/contracts';
import type { Principal } from '../auth/principal';
import { readInput } from './route-input.policy';

const ROUTE = 'dcm.route';

/** A request after the guard: with who asks. */
export interface GatewayRequest extends FastifyRequest {
  principal?: Principal;
}

/** Who asks; nobody is known on a public route. */
type CallerOf<N extends RouteName> = (typeof routes)[N]['roles'] extends 'public' ? undefined : Principal;

/** What a handler gets: its validated input, who asks, and the exchange for headers. */
export interface Call<N extends RouteName> extends RouteInput<N> {
  readonly principal: CallerOf<N>;
  readonly request: GatewayRequest;
  readonly reply: FastifyReply;
}

type Handler<N extends RouteName> = (call: Call<N>) => Promise<RouteOutput<N>>;
type RawHandler<N extends RouteName> = (call: Call<N>) => unknown;
type DecoratorOf<F> = <H extends F>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<H>,
) => void;

const mapping = (name: RouteName): MethodDecorator => {
  const route: Route = routes[name];
  return applyDecorators(
    SetMetadata(ROUTE, name),
    RequestMapping({ path: route.path, method: RequestMethod[route.method] }),
    HttpCode(route.status),
  );
};

/** Makes a method the handler of a route of the table: method, path, status, roles and validation come from there, and the compiler checks both types. */
export const Endpoint =
  <N extends RouteName>(name: N): DecoratorOf<Handler<N>> =>
  (target, key, descriptor) => {
    mapping(name)(target, key, descriptor);
  };

/** The same for a route whose answer is not JSON: its handler shapes it. */
export const RawEndpoint =
  <N extends RouteName>(name: N): DecoratorOf<RawHandler<N>> =>
  (target, key, descriptor) => {
    mapping(name)(target, key, descriptor);
  };

/** The route that a handler was declared for. */
export const routeNameOf = (handler: object): RouteName | undefined =>
  Reflect.getMetadata(ROUTE, handler) as RouteName | undefined;

const callOf = (_data: unknown, context: ExecutionContext): unknown => {
  const name = routeNameOf(context.getHandler());
  if (name === undefined) throw new DcmError('INTERNAL', 'Unable to read the input of a handler that has no route');
  const http = context.switchToHttp();
  const request = http.getRequest<GatewayRequest>();
  const { params, query, body } = request;
  const input = readInput(routes[name], { params, query, body });
  return { ...input, principal: request.principal, request, reply: http.getResponse<FastifyReply>() };
};

/** Marks the one parameter of a handler: `@Input() call: Call<'createVm'>`. */
export const Input = createParamDecorator(callOf);

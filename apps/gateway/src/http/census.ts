import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { DcmError, routes, type RouteName } from '@dcm/contracts';
import { routeNameOf } from './endpoint';

/** What Nest's own route decorators leave on a method. */
const nestPath = 'path';

interface Handlers {
  readonly declared: RouteName[];
  readonly undeclared: string[];
}

/** Fails the start unless every route of the table has exactly one handler and every handler is a route of the table. */
@Injectable()
export class RouteCensus implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws DcmError INTERNAL naming each route and each handler that is out of place. */
  onModuleInit(): void {
    const { declared, undeclared } = this.handlers();
    const faults = (Object.keys(routes) as RouteName[]).flatMap((name) => {
      const count = declared.filter((each) => each === name).length;
      return count === 1 ? [] : [`${name} has ${count} handlers`];
    });
    faults.push(...undeclared.map((method) => `${method} is not in the table`));
    if (faults.length > 0) throw new DcmError('INTERNAL', `Unable to start the gateway: ${faults.join('; ')}`);
  }

  private handlers(): Handlers {
    const found: Handlers = { declared: [], undeclared: [] };
    for (const { instance, name: controller } of this.discovery.getControllers()) {
      const prototype = Object.getPrototypeOf(instance) as Record<string, object>;
      for (const method of this.scanner.getAllMethodNames(prototype)) {
        const handler = prototype[method];
        if (handler === undefined) continue;
        const route = routeNameOf(handler);
        if (route !== undefined) found.declared.push(route);
        else if (Reflect.hasMetadata(nestPath, handler)) found.undeclared.push(`${controller}.${method}`);
      }
    }
    return found;
  }
}

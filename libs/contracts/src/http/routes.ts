import { directoryRoutes } from './directory.routes';
import { systemRoutes } from './system.routes';
import { workRoutes } from './work.routes';

/** The HTTP surface of the gateway. */
export const routes = { ...directoryRoutes, ...workRoutes, ...systemRoutes } as const;
export type RouteName = keyof typeof routes;

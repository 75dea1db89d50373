import { routes, type Method, type Route } from '@dcm/contracts';

const all: readonly Route[] = Object.values(routes);

const matches = (template: string, path: string): boolean => {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith(':') ? given[at] !== '' : part === given[at]))
  );
};

/** The methods that the table has for a path, for `Allow`; empty when the path is not known. */
export const methodsOf = (path: string): Method[] =>
  all.filter((route) => matches(route.path, path)).map((route) => route.method);

import { dirname, join } from 'node:path';

/** The clone's root, seen from its sources (`e2e/invariants`) and from the build (`dist/e2e/invariants`). */
export const root = ((): string => {
  const above = join(__dirname, '..', '..');
  return above.endsWith('dist') ? dirname(above) : above;
})();

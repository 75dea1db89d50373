import { dirname, join, resolve } from 'node:path';

/** The clone's root, seen from the sources (`tools/src/stack`) and from the build (`dist/tools/src/stack`). */
export const root = ((): string => {
  const above = join(__dirname, '..', '..', '..');
  return above.endsWith('dist') ? dirname(above) : above;
})();

/** Where the stack of this clone keeps what it needs to find again. `DCM_STATE_DIR` moves it, so that tests run beside a stack. */
export const stateDir = (): string => {
  const given = process.env['DCM_STATE_DIR'] ?? '';
  return resolve(given === '' ? join(root, '.dcm') : given);
};

export const stackFile = (): string => join(stateDir(), 'stack.json');

export const logDir = (): string => join(stateDir(), 'log');

/** The built entry of an app or a tool. */
export const entryOf = (place: 'apps' | 'tools', name: string): string =>
  place === 'apps'
    ? join(root, 'dist', 'apps', name, 'src', 'main.js')
    : join(root, 'dist', 'tools', 'src', `${name}.js`);

/** The built main of a simulator. */
export const simulatorOf = (platform: string): string => join(root, 'dist', 'sims', platform, 'main.js');

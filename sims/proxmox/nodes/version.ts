import type { PveVersion } from '../access/roles';

interface ReleaseInfo {
  readonly version: string;
  readonly release: string;
  readonly repoid: string;
}

const releases: Readonly<Record<PveVersion, ReleaseInfo>> = {
  '8.4': { version: '8.4.14', release: '8.4', repoid: 'b502d23c55afcba1' },
  '9.2': { version: '9.2.11', release: '9.2', repoid: '14a22df35955d97d' },
};

/** GET /version */
export const versionOf = (version: PveVersion): ReleaseInfo => releases[version];

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { stateDir } from '../paths';
import { writePrivately } from '../stack.file';

/** The private folder of one platform's sites file and the files that it names. */
export class SitesFolder {
  private readonly folder: string;

  constructor(platform: string) {
    this.folder = join(stateDir(), platform);
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
  }

  /** The path of a file in it, for somebody else to write. */
  path(file: string): string {
    return join(this.folder, file);
  }

  /** Writes a file that only its owner may read. @returns its path. */
  place(file: string, text: string): string {
    writePrivately(this.path(file), text);
    return this.path(file);
  }

  /** Writes `sites.yaml` with this one site. @returns its path. */
  placeSite(site: Readonly<Record<string, unknown>>): string {
    const sealingKeyFile = join(this.folder, 'sealing.key');
    return this.place('sites.yaml', stringify({ sites: [{ ...site, sealingKeyFile }] }));
  }

  /** How the site's server is known: by its authority, else by its own certificate, else by the system's authorities. */
  tls(server: { readonly ca?: string | undefined; readonly pin?: string | undefined }): Record<string, unknown> {
    if (server.ca !== undefined) return { caFile: this.place('ca.pem', server.ca) };
    return server.pin === undefined ? { system: true } : { pinSha256: server.pin };
  }
}

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import type { z } from 'zod';
import { DcmError, parseOrThrow, type SiteConfig, type SiteTls } from '@dcm/contracts';
import type { Environment, SealingKey } from '@dcm/runtime';
import { keepSealingKey } from './sealing-key';
import { sitesFileSchema, type SiteEntry } from './sites.schema';

/** A site as its file and secrets describe it. */
export interface LoadedSite<TOptions> {
  readonly config: SiteConfig<TOptions>;
  readonly sealingKey: SealingKey;
}

interface Place {
  readonly folder: string;
  readonly env: Environment;
  readonly site: string;
}

/**
 * Reads the sites file. Paths in it are relative to it.
 * @throws DcmError INVALID_REQUEST naming the place in the file that is wrong, or the secret that cannot be read. Never shows a value.
 */
export function loadSites<O extends z.ZodObject>(
  file: string,
  options: O,
  env: Environment,
): LoadedSite<z.output<O>>[] {
  const { sites } = parseOrThrow(sitesFileSchema(options), parseYaml(file), `the sites file ${file}`);
  return sites.map((site) => loadSite<O>(site, { folder: dirname(resolve(file)), env, site: site.name }));
}

function loadSite<O extends z.ZodObject>(site: SiteEntry, place: Place): LoadedSite<z.output<O>> {
  const { name, url, credentials, tls, limits, options } = site;
  const config = {
    name,
    url,
    credentials: {
      username: credentials.username ?? secretOf(place, 'user name', credentials.usernameFile, credentials.usernameEnv),
      password: secretOf(place, 'password', credentials.passwordFile, credentials.passwordEnv),
    },
    tls: tlsOf(tls, place),
    limits,
    options: options as z.output<O>,
  };
  return { config, sealingKey: keepSealingKey(resolve(place.folder, site.sealingKeyFile)) };
}

function tlsOf(tls: SiteEntry['tls'], place: Place): SiteTls {
  if (tls === undefined) return { kind: 'none' };
  if (tls.caFile !== undefined) return { kind: 'ca', pem: readText(place, 'certificate authority', tls.caFile) };
  return tls.pinSha256 === undefined ? { kind: 'system' } : { kind: 'pin', sha256: tls.pinSha256 };
}

function secretOf(place: Place, what: string, file: string | undefined, variable: string | undefined): string {
  const value = file === undefined ? place.env[variable ?? ''] : readText(place, what, file).trimEnd();
  if (value === undefined || value === '') {
    throw new DcmError(
      'INVALID_REQUEST',
      `Unable to read the ${what} of site ${place.site}: ${file ?? `environment variable ${variable ?? ''}`} is empty`,
    );
  }
  return value;
}

function readText(place: Place, what: string, file: string): string {
  try {
    return readFileSync(resolve(place.folder, file), 'utf8');
  } catch (cause) {
    throw new DcmError('INVALID_REQUEST', `Unable to read the ${what} of site ${place.site}: ${file} is not readable`, {
      cause,
    });
  }
}

function parseYaml(file: string): unknown {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new DcmError('INVALID_REQUEST', `Unable to read the sites file ${file}: it is not readable`, { cause });
  }
  try {
    return parse(source);
  } catch (cause) {
    const line = cause instanceof YAMLParseError ? (cause.linePos?.[0].line ?? 0) : 0;
    throw new DcmError('INVALID_REQUEST', `Unable to read the sites file ${file}: line ${line} is not YAML`);
  }
}

import { DcmError, type SiteTls } from '@dcm/contracts';
import type { HypervSite } from './hyperv.config';
import { VmmClient } from './vmm.client';
import { basic, connect, isWsmanError, ntlm, type Endpoint, type ServerTrust } from './wsman';

/** Begins the names of DCM's shells. */
const CLIENT_NAME = 'dcm';

/**
 * The client of a site's VMM server; it does not connect yet.
 * @throws DcmError INVALID_REQUEST when the address, the trust or the kind of login cannot be used
 */
export function createClient(site: HypervSite): VmmClient {
  const { credentials, limits, options } = site;
  return new VmmClient({
    endpoint: endpointOf(site),
    credentials,
    callTimeoutMs: limits.callTimeoutMs,
    options,
    onNoise: (line) => {
      process.emitWarning(`site ${site.name}: ${line}`, 'PowerShellNoise');
    },
  });
}

function endpointOf({ name, url, credentials, tls, limits, options }: HypervSite): Endpoint {
  const { username, password } = credentials;
  try {
    return connect({
      url: url.href,
      authenticator: options.authentication === 'basic' ? basic({ username, password }) : ntlm({ username, password }),
      ...(tls.kind !== 'none' && { trust: trustOf(tls) }),
      clientName: CLIENT_NAME,
      operationTimeoutMs: options.holdMs,
      answerGraceMs: limits.callTimeoutMs,
      quotaWaitMs: limits.callTimeoutMs,
      refusalBackOffMs: options.loginBackOffMs,
    });
  } catch (error) {
    if (!isWsmanError(error)) throw error;
    throw new DcmError('INVALID_REQUEST', `Unable to set up site ${name}: ${error.message}`);
  }
}

function trustOf(tls: SiteTls): ServerTrust {
  if (tls.kind === 'ca') return { ca: tls.pem };
  return tls.kind === 'pin' ? { pinSha256: tls.sha256 } : {};
}

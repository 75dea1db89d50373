import { startFront, type Front, type FrontOptions } from '../../../../sims/winrm/front/front';
import { toys } from '../../../../sims/winrm/front/test/toy.program';
import {
  basic,
  connect,
  isWsmanError,
  ntlm,
  type Endpoint,
  type EndpointOptions,
  type WsmanErrorCode,
} from '../../src/wsman';

/** An account of the domain and one of the machine; with characters that encodings get wrong. */
export const DOMAIN = { name: 'CONTOSO\\svc-dcm', upn: 'svc-dcm@contoso.test', password: 'P@ss w0rd&<ä>' };
export const LOCAL = { name: 'Administrator', password: 'L0cal:pass' };
export const OTHER = { name: 'CONTOSO\\other', password: 'other-pass' };

/** The three ways in. */
export const WAYS = ['Basic over TLS', 'NTLM over TLS', 'NTLM-sealed over HTTP'] as const;
export type Way = (typeof WAYS)[number];

/** An endpoint with toys behind it. */
export function aFront(options: Partial<FrontOptions> = {}): Promise<Front> {
  return startFront({ program: toys, accounts: [DOMAIN, LOCAL, OTHER], ...options });
}

/** How a client enters a front by one of the ways. */
export function entrance(
  front: Front,
  way: Way,
  account = DOMAIN as { name: string; password: string },
): EndpointOptions {
  const { http, https } = front;
  if (http === undefined || https === undefined) throw new Error('The front has a door closed');
  const login = { username: account.name, password: account.password };
  const clientName = 'wsman-test';
  switch (way) {
    case 'Basic over TLS':
      return {
        clientName,
        url: https.url,
        trust: { ca: https.ca },
        authenticator: basic({ username: LOCAL.name, password: LOCAL.password }),
      };
    case 'NTLM over TLS':
      return { clientName, url: https.url, trust: { pinSha256: https.sha256 }, authenticator: ntlm(login) };
    case 'NTLM-sealed over HTTP':
      return { clientName, url: http.url, authenticator: ntlm(login) };
  }
}

/** A client that entered. */
export function anEndpoint(front: Front, way: Way, options: Partial<EndpointOptions> = {}): Endpoint {
  return connect({ ...entrance(front, way), ...options });
}

/** How a promise failed; fails itself when it did not. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ code: WsmanErrorCode; mayHaveActed: boolean; text: string }> {
  try {
    await promise;
  } catch (error) {
    if (!isWsmanError(error)) throw error;
    return { code: error.code, mayHaveActed: error.mayHaveActed, text: `${error.message} ${String(error.cause)}` };
  }
  throw new Error('It did not fail');
}

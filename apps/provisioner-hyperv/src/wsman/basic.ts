import type { Authenticator } from './authenticator';
import { WsmanError } from './wsman.errors';

/** An account of the machine itself: Windows takes no domain accounts by Basic. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The password itself, with every request; therefore over TLS only.
 * @throws WsmanError INVALID_OPTION when the name is empty or has a colon, or the password is empty.
 * @see RFC 7617
 */
export function basic({ username, password }: BasicCredentials): Authenticator {
  if (username === '' || username.includes(':') || password === '') {
    const problem = 'a user name without colon and a password are needed';
    throw new WsmanError('INVALID_OPTION', `Unable to use Basic: ${problem}`);
  }
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return {
    name: 'Basic',
    begin: ({ host, certificate }) => {
      if (certificate !== undefined) return { kind: 'EACH_REQUEST', authorization };
      const problem = 'it would send the password in the clear; use https:// or NTLM';
      throw new WsmanError('INVALID_OPTION', `Unable to log in to ${host} by Basic: ${problem}`);
    },
  };
}

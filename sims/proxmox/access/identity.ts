/** Who calls. */
export interface Identity {
  /** `name@realm`. */
  readonly user: string;
  /** The name of the API token that was shown, without its user. */
  readonly token?: string;
}

/** How logs, UPIDs and access lists name a caller: `user@realm` or `user@realm!token`. */
export const authIdOf = ({ user, token }: Identity): string => (token === undefined ? user : `${user}!${token}`);

/** Takes `user@realm` or `user@realm!token` apart. */
export function identityOf(authId: string): Identity {
  const [user = '', token] = authId.split('!');
  return token === undefined ? { user } : { user, token };
}

/** Only a ticket of root@pam; its tokens are barred from what is for root alone. */
export const isRoot = ({ user, token }: Identity): boolean => user === 'root@pam' && token === undefined;

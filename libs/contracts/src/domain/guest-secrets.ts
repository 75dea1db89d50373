/** A guest with its secrets; null and absent: there is none. */
interface SecretGuest {
  readonly userData?: string | null | undefined;
  readonly adminPassword?: string | null | undefined;
  readonly domain?: { readonly password: string | null } | null | undefined;
}

/** What of a guest only its site may read. */
export interface GuestSecret {
  /** Into the body of the VM request. */
  readonly pointer: string;
  /** As errors call it. */
  readonly what: string;
  readonly secret: string;
}

export function guestSecretsOf({ userData, adminPassword, domain }: SecretGuest): GuestSecret[] {
  const all = [
    { pointer: '/guest/userData', what: 'user data', secret: userData ?? null },
    { pointer: '/guest/adminPassword', what: "administrator's password", secret: adminPassword ?? null },
    { pointer: '/guest/domain/password', what: "password of the domain's account", secret: domain?.password ?? null },
  ];
  return all.flatMap(({ secret, ...rest }) => (secret === null ? [] : [{ ...rest, secret }]));
}

/** The guest with each of its secrets replaced. */
export function replaceGuestSecrets<Guest extends SecretGuest>(
  guest: Guest,
  replace: (secret: GuestSecret) => string | null,
): Guest {
  const found = new Map(guestSecretsOf(guest).map((secret) => [secret.pointer, replace(secret)]));
  const [userData, adminPassword, password] = ['userData', 'adminPassword', 'domain/password'].map((field) =>
    found.get(`/guest/${field}`),
  );
  return {
    ...guest,
    ...(userData !== undefined && { userData }),
    ...(adminPassword !== undefined && { adminPassword }),
    ...(password !== undefined && { domain: { ...guest.domain, password } }),
  };
}

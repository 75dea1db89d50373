/** A SecureString: bound to a text parameter it is only the name of its type, as in .NET. */
export class SecureText {
  constructor(readonly secret: string) {}

  toString(): string {
    return 'System.Security.SecureString';
  }
}

/** A PSCredential. */
export class Credential {
  constructor(
    readonly username: string,
    readonly password: SecureText,
  ) {}
}

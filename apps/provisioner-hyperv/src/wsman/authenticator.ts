/** The server at the other end of one fresh TCP connection. */
export interface Peer {
  /** Host name as the address has it; service principal names are made of it. */
  readonly host: string;
  /** The server's certificate (DER) when the connection is TLS; absent on plain HTTP. */
  readonly certificate?: Buffer;
}

/** Encrypts and signs whole messages on one connection. Both directions count their messages: order matters, a lost one ends the connection. */
export interface MessageSealing {
  /** Value of `protocol` and of the parts' `Content-Type`, e.g. `application/HTTP-SPNEGO-session-encrypted`. */
  readonly protocol: string;
  seal(plain: Buffer): { readonly signature: Buffer; readonly sealed: Buffer };
  /** @throws WsmanError BAD_ANSWER when the signature does not fit. */
  open(sealed: Buffer, signature: Buffer): Buffer;
}

/**
 * A proof of identity that authenticates the connection itself, once: `first()` → the server's 401 with a token →
 * `answer(token)` … until the server answers anything but 401; then `finish` sees the last token, if one came.
 */
export interface Handshake {
  readonly kind: 'HANDSHAKE';
  /** Scheme as in `WWW-Authenticate`, e.g. `Negotiate`. */
  readonly scheme: string;
  /** Token of the first request. */
  first(): Promise<Buffer>;
  /** Token that answers the server's; undefined: nothing more to say, the 401 is a refusal. */
  answer(token: Buffer): Promise<Buffer | undefined>;
  /** Called when the server is content. @returns how messages are sealed from here on, where the mechanism can. */
  finish(token: Buffer | undefined): Promise<MessageSealing | undefined>;
}

/** A proof of identity that goes with every request; there is no handshake. */
export interface StandingProof {
  readonly kind: 'EACH_REQUEST';
  /** Value of `Authorization`. */
  readonly authorization: string;
}

/** The proof of identity on one connection. */
export type Authentication = Handshake | StandingProof;

/**
 * How a client proves who it is; one for all connections of an endpoint. `basic()` and `ntlm()` make the two that exist;
 * Kerberos is another object of this shape (`first` = AP-REQ, `finish` checks the server's AP-REP).
 */
export interface Authenticator {
  /** Name for errors, e.g. `NTLM`. */
  readonly name: string;
  /**
   * Starts on a fresh connection.
   * @throws WsmanError INVALID_OPTION when it must not speak to this peer, such as Basic without TLS.
   */
  begin(peer: Peer): Authentication;
}

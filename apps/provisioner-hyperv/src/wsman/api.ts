import type { Authenticator } from './authenticator';

/** Every call takes a signal; an aborted call throws WsmanError ABORTED, and what it had sent may still have effect. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** How a server proves who it is. Give one of them; with neither, Node's own authorities count. */
export interface ServerTrust {
  /** PEM certificates of the authorities (or of the server itself) to believe; the host name is checked too. */
  readonly ca?: string;
  /** SHA-256 fingerprint of the server's certificate, 64 hex digits, colons allowed. Replaces every other check. */
  readonly pinSha256?: string;
}

/** An endpoint and how to speak to it. */
export interface EndpointOptions {
  /** `https://host:5986/wsman` or `http://host:5985/wsman`. Without a path, `/wsman`. */
  readonly url: string;
  /** `basic({…})` (TLS only) or `ntlm({…})`. */
  readonly authenticator: Authenticator;
  /** For `https:` only. */
  readonly trust?: ServerTrust;
  /** Begins the name of every shell, so that leftovers of ended processes are known again. `[A-Za-z0-9_.-]`, 1 to 64. */
  readonly clientName: string;
  /** How long the server may hold a request; a silent Receive comes back after it. 1 s to 60 s, default 20 s. */
  readonly operationTimeoutMs?: number;
  /** How much longer than that an answer may take before the connection is given up. Default 30 s. */
  readonly answerGraceMs?: number;
  /** How long `openShell` waits for a place when a quota of shells or operations is full. Default 30 s. */
  readonly quotaWaitMs?: number;
  /** How long refused credentials are not tried again: repeated tries lock the account. Default 60 s. */
  readonly refusalBackOffMs?: number;
}

/** What a shell is opened with. */
export interface ShellOptions extends CallOptions {
  /** After this long without a request the server deletes the shell. 60 s at least, default 180 s. */
  readonly idleTimeoutMs?: number;
  readonly workingDirectory?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A program to start in a shell. */
export interface CommandOptions extends CallOptions {
  /** Program, e.g. `powershell.exe`; it is started directly, without `cmd.exe`. */
  readonly program: string;
  /** Appended as they are, each after a blank: whoever needs quotes writes them. */
  readonly arguments?: readonly string[];
  /** How long the program may live; after that it is terminated and `output` throws DEADLINE. */
  readonly deadlineMs: number;
}

/** A piece of what a program wrote; it may end in the middle of a character or a line. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Buffer;
}

/** A running program. It owns one connection, on which it waits for output; everything else goes over its shell's. */
export interface Command {
  readonly id: string;
  /**
   * What the program writes, in order of arrival; may be read once. The server is asked only while somebody reads.
   * @throws WsmanError OUTPUT_LOST when an answer was lost (there is no way to ask again), SHELL_GONE, DEADLINE, ABORTED.
   */
  readonly output: AsyncIterable<OutputChunk>;
  /** Known when `output` has been read to its end; rejects when that throws. A 32-bit value, negative for NTSTATUS codes. */
  readonly exitCode: Promise<number>;
  /**
   * Writes to the program's stdin, in pieces the server takes, in the order of the calls. Never repeated: a failure with
   * `mayHaveActed` has perhaps been received.
   */
  send(bytes: Uint8Array, options?: CallOptions & { readonly end?: boolean }): Promise<void>;
  /** Ends the program, or releases one that has ended. Done already is done. */
  terminate(options?: CallOptions): Promise<void>;
}

/** A shell on the server: the home of commands, deleted with all of them. It owns one connection. */
export interface Shell {
  readonly id: string;
  readonly name: string;
  command(options: CommandOptions): Promise<Command>;
  /** Deletes the shell and closes its connections, whatever the server says. Gone already is done. */
  close(options?: CallOptions): Promise<void>;
}

/** A shell as the server lists it. What a server does not tell is absent. */
export interface ShellInfo {
  readonly id: string;
  readonly name?: string;
  readonly owner?: string;
  readonly clientIp?: string;
  /** Time since the last request for this shell. */
  readonly inactivityMs?: number;
  readonly idleTimeoutMs?: number;
}

/** A WS-Management service, reached when first used. */
export interface Endpoint {
  /** @throws WsmanError QUOTA when no place became free in `quotaWaitMs`. */
  openShell(options?: ShellOptions): Promise<Shell>;
  /** The command shells that the account may see. */
  shells(options?: CallOptions): Promise<readonly ShellInfo[]>;
  /**
   * Deletes the shells of this client name whose process has ended: at once where this machine can tell, else when the
   * shell has been silent for longer than a living process ever is. Shells of others are never touched.
   * @returns the ids that were deleted.
   */
  deleteLeftovers(options?: CallOptions): Promise<readonly string[]>;
  /** Closes the endpoint's own connection and refuses further calls; open shells are not deleted. */
  close(): void;
}

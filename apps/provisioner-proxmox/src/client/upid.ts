/** What a task's identifier says of itself. */
export interface Upid {
  /** The node that runs the task and alone can tell how it is. */
  readonly node: string;
  /** Such as `qmclone`. */
  readonly type: string;
  /** The VMID it works on; of `qmclone` the source's. */
  readonly id: string;
  /** `user@realm`, with `!token` where one was used. */
  readonly user: string;
  /** Seconds since 1970, by the node's clock. */
  readonly startedAt: number;
}

const UPID =
  /^UPID:(?<node>[a-zA-Z0-9.-]+):[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:(?<time>[0-9A-Fa-f]{8}):(?<type>[^:\s]+):(?<id>[^:\s]*):(?<user>[^:\s]+):$/;

/** Reads a task's identifier; undefined when it is none. */
export function parseUpid(text: unknown): Upid | undefined {
  const groups = typeof text === 'string' ? UPID.exec(text)?.groups : undefined;
  if (groups === undefined) return undefined;
  const { node = '', time = '', type = '', id = '', user = '' } = groups;
  return { node, type, id, user, startedAt: Number.parseInt(time, 16) };
}

import { authIdOf, type Identity } from '../access/identity';

/** Kinds of tasks, as the vendor names them. */
export type TaskType =
  | 'qmcreate'
  | 'qmclone'
  | 'qmstart'
  | 'qmstop'
  | 'qmshutdown'
  | 'qmreboot'
  | 'qmreset'
  | 'qmpause'
  | 'qmsuspend'
  | 'qmresume'
  | 'qmsnapshot'
  | 'qmdelsnapshot'
  | 'qmrollback'
  | 'qmtemplate'
  | 'qmconfig'
  | 'resize'
  | 'qmmove'
  | 'qmigrate'
  | 'qmdestroy'
  | 'imgdel'
  | 'vncproxy'
  | 'hastart'
  | 'hastop'
  | 'hamigrate';

/** What the name of a task tells. */
export interface UpidParts {
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since the epoch. */
  readonly starttime: number;
  readonly type: TaskType;
  /** Mostly a VMID; of a clone the source's. */
  readonly id: string;
  readonly identity: Identity;
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

/** The name of a task, `UPID:node:pid:pstart:starttime:type:id:user:`. */
export const writeUpid = ({ node, pid, pstart, starttime, type, id, identity }: UpidParts): string =>
  `UPID:${node}:${hex(pid)}:${hex(pstart)}:${hex(starttime)}:${type}:${id}:${authIdOf(identity)}:`;

/** Whether a text has the shape of a task's name. */
export const isUpid = (text: string): boolean =>
  /^UPID:[A-Za-z0-9-]+:[0-9A-F]{8}:[0-9A-F]{8,9}:[0-9A-F]{8}:[^:\s]+:[^:\s]*:[^:\s]+:$/.test(text);

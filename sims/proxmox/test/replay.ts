import type { Proxmox } from '../proxmox';
import type { Reply, TestClient } from './client';
import type { Literal } from './python.literal';
import { keysIn, shapeOf, upidParts } from './shape';
import type { Entry, Exchange, RecordedTask, View } from './transcript';

/** What a replay must know that a recording does not say. */
export interface ReplayOptions {
  readonly password: string;
  /** Lines that say nothing about Proxmox VE as such, with the reason. */
  readonly skip?: ReadonlyMap<number, string>;
  /** What was done between two lines by other means than the API. */
  readonly before?: ReadonlyMap<number, (replay: Replay) => unknown>;
}

/** Lines of logs that tell how images were copied: they depend on the storage and its tools. */
const OF_TOOLS = /^(Formatting |clone \d+\/|transferred |command |allocated target |create (linked|full) )/;

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** Where the vendor's code stood is not compared. */
const placeless = (text: string): string => text.replace(/ at \S+ line \d+\.?/g, '');

/** Sends what was recorded and compares what comes back. */
export class Replay {
  compared = 0;
  skipped = 0;
  readonly #upids = new Map<string, string>();
  readonly #latest = new Map<string, string>();
  #ticket = '';
  #csrf = '';

  constructor(
    private readonly machine: { readonly proxmox: Proxmox; readonly client: TestClient },
    private readonly options: ReplayOptions,
  ) {}

  /** The latest task of a type and id. */
  upidOf(type: string, id: string): string {
    return this.#latest.get(`${type} ${id}`) ?? '';
  }

  /** Plays one line; every difference is a sentence. */
  async play(entry: Entry): Promise<readonly string[]> {
    const { line } = entry.kind === 'exchange' ? entry.exchange : entry.kind === 'task' ? entry.task : entry.view;
    await this.options.before?.get(line)?.(this);
    if (this.options.skip?.has(line) === true) {
      this.skipped += 1;
      return [];
    }
    this.compared += 1;
    const found = await this.#differences(entry);
    return found.map((one) => `line ${line}: ${one}`);
  }

  #differences(entry: Entry): Promise<readonly string[]> {
    if (entry.kind === 'exchange') return this.#exchange(entry.exchange);
    return entry.kind === 'task' ? this.#task(entry.task) : this.#view(entry.view);
  }

  async #exchange(recorded: Exchange): Promise<readonly string[]> {
    const reply = await this.#send(recorded);
    this.#remember(recorded, reply);
    return [
      ...differ('status', String(recorded.status), String(reply.status)),
      ...differ('reason', placeless(recorded.reason), placeless(reply.reason)),
      ...headerDifferences(recorded, reply),
      ...bodyDifferences(recorded, reply),
    ];
  }

  #send(recorded: Exchange): Promise<Reply> {
    const { method, path, params, body, contentType } = recorded;
    return this.machine.client.ask(method, this.#translated(path), {
      params: this.#translatedParams(params),
      headers: { ...this.#headers(recorded), ...(contentType === undefined ? {} : { 'Content-Type': contentType }) },
      ...(body === undefined ? {} : { body }),
      ...(recorded.answerType === undefined ? {} : { token: null }),
    });
  }

  /** UPIDs of the recording stand for ours. */
  #translated(path: string): string {
    return path
      .split('/')
      .map((part) => {
        const ours = this.#upids.get(decodeURIComponent(part));
        return ours === undefined ? part : part.includes('%') ? encodeURIComponent(ours) : ours;
      })
      .join('/');
  }

  /** A ticket in the place of a password stands for one of ours. */
  #translatedParams(params: Exchange['params']): Exchange['params'] {
    const password = params['password'];
    return typeof password === 'string' && password.startsWith('PVE:') ? { ...params, password: this.#ticket } : params;
  }

  /** Secrets are cut short in the recording: they stand for ours, unless they are wrong on purpose. */
  #headers(recorded: Exchange): Record<string, string> {
    const { headers, reason, path } = recorded;
    const { secret } = this.machine.client.credentials;
    const isForged = reason === 'Authentication failed!' && path === '/version';
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => {
        const ticket = isForged ? `${this.#ticket.slice(0, -8)}AAAAAAA=` : this.#ticket;
        if (name === 'Cookie') {
          return [name, `PVEAuthCookie=${value.includes('%3A') ? encodeURIComponent(ticket) : ticket}`];
        }
        if (name === 'CSRFPreventionToken') return [name, value.endsWith('…') ? this.#csrf : value];
        return [name, value.replace(/=9d3611ec.*…$/, `=${secret}`).replace(/…$/, '')];
      }),
    );
  }

  #remember(recorded: Exchange, reply: Reply): void {
    const theirs = (jsonOf(recorded.answer) as { data?: unknown } | undefined)?.data;
    const ours: unknown = reply.data;
    if (typeof ours === 'string') this.#rememberTask(theirs, ours);
    else this.#rememberLogin(ours as { ticket?: string; CSRFPreventionToken?: string } | null | undefined);
  }

  #rememberTask(theirs: unknown, ours: string): void {
    if (typeof theirs === 'string') this.#upids.set(theirs, ours);
    const [, type = '', id = ''] = upidParts(ours)?.split(' ') ?? [];
    this.#latest.set(`${type} ${id}`, ours);
  }

  #rememberLogin(login: { ticket?: string; CSRFPreventionToken?: string } | null | undefined): void {
    this.#ticket = login?.ticket ?? this.#ticket;
    this.#csrf = login?.CSRFPreventionToken ?? this.#csrf;
  }

  async #task(recorded: RecordedTask): Promise<readonly string[]> {
    const upid = this.upidOf(recorded.type, recorded.id);
    const exitstatus = await this.machine.client.ended(upid);
    const log = recorded.log === undefined ? [] : await this.machine.client.log(upid);
    const kept = (lines: readonly string[]): string => lines.filter((one) => !OF_TOOLS.test(one)).join('\n');
    const ends = recorded.log === undefined ? '' : kept(recorded.log);
    return [
      ...differ('exit status', recorded.exitstatus, exitstatus),
      ...(kept(log).endsWith(ends) ? [] : [`log: ${kept(log)} does not end with ${ends}`]),
    ];
  }

  async #view({ kind, value }: View): Promise<readonly string[]> {
    const { client } = this.machine;
    if (kind === 'config') return this.#config(value as Record<string, Literal>);
    if (kind === 'current') {
      const { json } = await client.get('/nodes/pve1/qemu/500/status/current');
      return differ('current', shapeOf(value), shapeOf(json));
    }
    const reply =
      kind === 'list' ? await client.get('/nodes/pve1/qemu') : await client.get('/cluster/resources', { type: 'vm' });
    const one = (reply.data as { vmid: number }[]).filter(({ vmid }) => vmid === 500);
    return differ(kind, shapeOf(value), shapeOf(one));
  }

  /** Keys that were recorded have the recorded values. */
  async #config(value: Record<string, Literal>): Promise<readonly string[]> {
    const config = (await this.machine.client.get('/nodes/pve1/qemu/500/config')).data as Record<string, Literal>;
    return Object.entries(value).flatMap(([key, one]) =>
      differ(`config ${key}`, JSON.stringify(one), JSON.stringify(config[key])),
    );
  }
}

function differ(what: string, recorded: string, ours: string): readonly string[] {
  return recorded === ours ? [] : [`${what}: recorded ${recorded}\n   ours ${ours}`];
}

function headerDifferences({ answerType, connection }: Exchange, { headers }: Reply): readonly string[] {
  if (answerType === undefined) return [];
  return [
    ...differ('content type', answerType ?? 'none', headers['content-type'] ?? 'none'),
    ...differ('connection', connection ?? '', headers.connection?.split(',')[0] ?? ''),
  ];
}

/** Errors are compared word for word, other bodies by their shape; of a body that is cut short all keys must be there. */
function bodyDifferences(recorded: Exchange, reply: Reply): readonly string[] {
  const theirs = jsonOf(recorded.answer);
  if (theirs === undefined) return cutDifferences(recorded, reply);
  if (recorded.status >= 400) return differ('body', sorted(theirs), sorted(reply.json));
  const { data } = theirs as { data?: unknown };
  const upid = typeof data === 'string' ? upidParts(data) : undefined;
  if (upid !== undefined) return differ('task', upid, upidParts(String(reply.data)) ?? String(reply.data));
  return differ('shape', shapeOf(theirs), shapeOf(reply.json));
}

function cutDifferences(recorded: Exchange, reply: Reply): readonly string[] {
  if (!recorded.answer.startsWith('{')) {
    return differ('text', placeless(recorded.answer).trim(), placeless(reply.text).trim());
  }
  const missing = keysIn(recorded.answer).filter((key) => !reply.text.includes(`"${key}":`));
  return missing.length === 0 ? [] : [`keys missing: ${missing.join(', ')}`];
}

function sorted(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, one]) => `${key}: ${sorted(one)}`).join(', ')}}`;
}

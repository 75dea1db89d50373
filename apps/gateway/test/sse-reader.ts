import { waitUntil } from '@dcm/messaging/testing';

/** One server-sent event as a browser would hand it out. */
export interface SeenEvent {
  readonly id: string;
  readonly event: string;
  readonly data: { noun: string; id: string; seq: number; doc: Record<string, unknown> };
}

/** Reads an event stream until it is closed. */
export class SseReader {
  readonly events: SeenEvent[] = [];
  lastEventId = '';
  comments = 0;
  isEnded = false;
  private readonly abort = new AbortController();

  private constructor(
    readonly status: number,
    readonly headers: Headers,
  ) {}

  static async open(url: string, token: string, headers: Record<string, string> = {}): Promise<SseReader> {
    const abort = new AbortController();
    const response = await fetch(`${url}/v1/events`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: abort.signal,
    });
    const reader = new SseReader(response.status, response.headers);
    abort.signal.addEventListener('abort', () => (reader.isEnded = true));
    reader.abort.signal.addEventListener('abort', () => {
      abort.abort();
    });
    void reader
      .read(response)
      .catch(() => undefined)
      .finally(() => (reader.isEnded = true));
    if (response.status === 200) await waitUntil(() => reader.lastEventId !== '', 'the greeting of the stream');
    return reader;
  }

  close(): void {
    this.abort.abort();
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(part, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block.split('\n'));
    }
  }

  private take(lines: readonly string[]): void {
    const field = (name: string): string | undefined =>
      lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    this.comments += lines.filter((line) => line.startsWith(':')).length;
    this.lastEventId = field('id') ?? this.lastEventId;
    const data = field('data');
    if (data === undefined) return;
    this.events.push({
      id: this.lastEventId,
      event: field('event') ?? '',
      data: JSON.parse(data) as SeenEvent['data'],
    });
  }
}

import type { Operation } from './names';

/** What goes wrong. */
export type Mischief =
  /** The shell of the request dies before the request is served. */
  | { readonly kind: 'KILL_SHELL' }
  /** The connection is cut: before the request is served, or after it and without its answer. */
  | { readonly kind: 'DROP_CONNECTION'; readonly when: 'BEFORE' | 'AFTER' }
  /** The answer comes so much later. */
  | { readonly kind: 'DELAY'; readonly ms: number }
  /** The connection is no longer logged in; the request is not served. */
  | { readonly kind: 'UNAUTHORIZED' }
  /** An HTTP status without a fault, such as 503; the request is not served. */
  | { readonly kind: 'STATUS'; readonly status: number }
  /** A fault; the request is not served. */
  | { readonly kind: 'FAULT'; readonly code: number; readonly subcode?: string }
  /** The request is served and never answered. */
  | { readonly kind: 'HANG' }
  /** From here on the connection takes everything and answers nothing. */
  | { readonly kind: 'HALF_OPEN' }
  /** The answer trickles. */
  | { readonly kind: 'SLOW'; readonly bytesPerSecond: number }
  /** The answer is this text, whatever it is. */
  | { readonly kind: 'ANSWER'; readonly body: string }
  /** The answer is not sealed, although the request was. */
  | { readonly kind: 'UNSEALED' }
  /** For Command: a byte order mark comes before the first line. */
  | { readonly kind: 'BOM' }
  /** For Command: progress records in CLIXML come on stderr. */
  | { readonly kind: 'CLIXML_NOISE' };

/** When it goes wrong. */
export interface Rule {
  readonly on: Operation | '*';
  readonly does: Mischief;
  /** So many requests of the kind are served first. Default 0. */
  readonly after?: number;
  /** So often it happens. Default 1; `Infinity`: until it is taken away. */
  readonly times?: number;
}

/** Rules of mischief, taken in the order in which they were given. */
export class Knobs {
  /** How often something has gone wrong. */
  acted = 0;
  private readonly rules = new Set<{ readonly rule: Rule; seen: number; left: number }>();

  /** @returns the function that takes the rule away */
  add(rule: Rule): () => void {
    const entry = { rule, seen: 0, left: rule.times ?? 1 };
    this.rules.add(entry);
    return () => void this.rules.delete(entry);
  }

  clear(): void {
    this.rules.clear();
  }

  /** What goes wrong with the next request of a kind; every matching rule counts it. */
  next(operation: Operation): readonly Mischief[] {
    const due: Mischief[] = [];
    for (const entry of this.rules) {
      const { rule } = entry;
      if (rule.on !== '*' && rule.on !== operation) continue;
      entry.seen += 1;
      if (entry.seen <= (rule.after ?? 0) || entry.left <= 0) continue;
      entry.left -= 1;
      due.push(rule.does);
      this.acted += 1;
    }
    return due;
  }
}

import type { Answer } from '../http/answer';

const KEPT_CALLS = 50_000;

/** A request as fault rules see it. */
export interface FaultCall {
  readonly method: string;
  /** With `/api2/json` and query. */
  readonly path: string;
  /** The node that it came in at. */
  readonly node: string;
  readonly body: string;
}

/** `cut`: the connection breaks. */
export type Outcome = Answer | 'cut';

/** Something that goes wrong with a call; `next` carries it on. */
export interface Fault {
  readonly name: string;
  apply(call: FaultCall, next: () => Promise<Outcome>): Promise<Outcome>;
}

/** Which calls a fault befalls; nothing given: all. */
export interface FaultScope {
  /** Matched against `METHOD /path`, below `/api2/json` and without query. */
  readonly operation?: RegExp;
  /** Only calls that come in at this node. */
  readonly node?: string;
  /** So many matching calls pass first. */
  readonly skip?: number;
  /** At most so often. */
  readonly times?: number;
}

/** A fault with its scope. */
export class FaultRule {
  hits = 0;
  #matched = 0;
  readonly #removed = new AbortController();

  constructor(
    readonly fault: Fault,
    private readonly scope: FaultScope,
    private readonly forget: (rule: FaultRule) => void,
  ) {}

  /** Aborts when the rule is taken back: what it holds goes on. */
  get signal(): AbortSignal {
    return this.#removed.signal;
  }

  /** Takes the rule back. */
  remove(): void {
    this.forget(this);
    this.#removed.abort();
  }

  /** Whether it befalls this call; counts it when it does. */
  takes(call: FaultCall): boolean {
    const { operation, node, skip = 0, times = Number.MAX_SAFE_INTEGER } = this.scope;
    if (node !== undefined && node !== call.node) return false;
    if (operation?.test(operationOf(call)) === false) return false;
    this.#matched += 1;
    if (this.#matched <= skip || this.hits >= times) return false;
    this.hits += 1;
    return true;
  }
}

/** `POST /nodes/pve1/qemu/100/clone` */
export const operationOf = ({ method, path }: FaultCall): string =>
  `${method} ${path.replace(/^\/api2\/json/, '').replace(/\?.*$/, '')}`;

/** Everything that is wrong with a cluster's answers, and what it was asked. */
export class Faults {
  #rules: FaultRule[] = [];
  #calls: string[] = [];
  #mutations = 0;

  /** Lets a fault befall the calls of a scope until the rule is removed. */
  add(fault: Fault, scope: FaultScope = {}): FaultRule {
    const rule = new FaultRule(fault, scope, (one) => {
      this.#rules = this.#rules.filter((other) => other !== one);
    });
    this.#rules.push(rule);
    return rule;
  }

  /** `METHOD /path` of the latest requests, in order. */
  get calls(): readonly string[] {
    return this.#calls;
  }

  /** How many requests that change something have come in so far; logins are none. */
  get mutations(): number {
    return this.#mutations;
  }

  /** Takes back every rule. */
  clear(): void {
    for (const rule of this.#rules) rule.remove();
  }

  /** Carries a call through all rules that take it, the oldest outermost. */
  around(call: FaultCall, answer: () => Promise<Answer>): Promise<Outcome> {
    this.#note(operationOf(call));
    const taking = this.#rules.filter((rule) => rule.takes(call));
    const chain = taking.reduceRight<() => Promise<Outcome>>(
      (next, rule) => () => rule.fault.apply(call, next),
      answer,
    );
    return chain();
  }

  #note(operation: string): void {
    if (this.#calls.length >= 2 * KEPT_CALLS) this.#calls = this.#calls.slice(-KEPT_CALLS);
    this.#calls.push(operation);
    if (!/^(GET |HEAD |POST \/access\/ticket$)/.test(operation)) this.#mutations += 1;
  }
}

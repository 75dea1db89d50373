/** Which calls a rule is for, and how often it acts. */
export interface RuleScope {
  /** The whole name, or a pattern; default: every operation. Of a TCP connection nobody knows an operation. */
  readonly operation?: string | RegExp;
  /** How many calls pass before it acts for the first time; default none. */
  readonly skip?: number;
  /** How often it acts at most; default without end. */
  readonly times?: number;
}

/** What a rule needs to know of its fault. */
export interface NamedFault {
  /** For the list of rules and the record of calls, e.g. `delay 500 ms`. */
  readonly name: string;
  /** Called once when the rule is removed: lets go what the fault holds back. */
  release?(): void;
}

/** A fault that is in force until it has acted often enough, or is removed. */
export class Rule<F extends NamedFault> {
  /** How often it has acted. */
  hits = 0;
  private passed = 0;

  constructor(
    readonly fault: F,
    private readonly scope: RuleScope,
    private readonly onRemove: (rule: Rule<F>) => void,
  ) {}

  /** Whether it may act again. */
  get isSpent(): boolean {
    return this.hits >= (this.scope.times ?? Number.POSITIVE_INFINITY);
  }

  /** `drop before /^Clone/, 1 of 2`. */
  toString(): string {
    const { operation, times } = this.scope;
    const target = operation === undefined ? '' : ` ${String(operation)}`;
    return `${this.fault.name}${target}, ${this.hits}${times === undefined ? '' : ` of ${times}`}`;
  }

  /** Whether it acts on this call; if so, that counts. */
  take(operation = ''): boolean {
    if (this.isSpent || !this.isFor(operation)) return false;
    if (this.passed < (this.scope.skip ?? 0)) {
      this.passed += 1;
      return false;
    }
    this.hits += 1;
    return true;
  }

  /** Ends it; what it holds back goes on. */
  remove(): void {
    this.onRemove(this);
    this.fault.release?.();
  }

  private isFor(operation: string): boolean {
    const wanted = this.scope.operation;
    if (wanted === undefined) return true;
    return typeof wanted === 'string' ? wanted === operation : wanted.test(operation);
  }
}

/** The rules of one proxy, in the order in which they were added: the first is the outermost. */
export class Rules<F extends NamedFault> {
  private list: readonly Rule<F>[] = [];

  /** Rules in force. */
  get all(): readonly Rule<F>[] {
    return this.list;
  }

  add(fault: F, scope: RuleScope = {}): Rule<F> {
    if (scope.operation instanceof RegExp && /[gy]/.test(scope.operation.flags)) {
      throw new TypeError(`The pattern ${String(scope.operation)} of a rule must not be global or sticky`);
    }
    const rule = new Rule(fault, scope, (removed) => {
      this.list = this.list.filter((one) => one !== removed);
    });
    this.list = [...this.list, rule];
    return rule;
  }

  /** Removes every rule. */
  clear(): void {
    for (const rule of this.list) rule.remove();
  }
}

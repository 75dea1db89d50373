import { Environment, type ASTNode, type EvaluationError, type ParseResult } from '@marcbachmann/cel-js';
import { childrenOf, costOf, largestCost, usualSize } from './cost';

/** What is wrong with a text, and where: `offset` counts from 0. */
export interface TextFault {
  readonly message: string;
  readonly offset: number;
}

/** A condition that was understood. `lists` is the length of the longest list of the facts. @throws RuleFault */
export interface Program {
  run(context: Readonly<Record<string, unknown>>, lists: number): boolean;
}

export type Compiled = { readonly program: Program } | { readonly fault: TextFault };

/** Why a rule that was understood has no answer about some facts. */
export class RuleFault extends Error {}

const text = 'string';
const texts = 'list<string>';

/** The variables of every condition. Units are in their names. */
export const variables = {
  request: {
    kind: text,
    name: text,
    image: text,
    size: text,
    cpus: 'int',
    memoryMib: 'int',
    diskGib: 'int',
    disks: 'list<int>',
    networks: texts,
    staticAddress: 'bool',
    labels: 'map<string, string>',
    metadata: 'map<string, dyn>',
    poweredOn: 'bool',
    deletionProtection: 'bool',
    count: 'int',
  },
  current: { cpus: 'int', memoryMib: 'int', diskGib: 'int' },
  plan: {
    site: text,
    platform: text,
    losses: texts,
    warnings: texts,
    price: { isKnown: 'bool', currency: text, perHour: 'double', perMonth: 'double' },
  },
  project: { id: text, name: text },
  tenant: { id: text, name: text },
  requester: { principal: text },
  time: { now: 'google.protobuf.Timestamp', hour: 'int', minute: 'int', weekday: 'int' },
  quota: { isExceeded: 'bool' },
} as const;

/** No pattern can run away and no text or list can grow: `matches`, `map`, `cel.bind`, `join`, `split` are not among them. */
const functions: ReadonlySet<string> = new Set([
  'has',
  'size',
  'int',
  'double',
  'string',
  'timestamp',
  'duration',
  'startsWith',
  'endsWith',
  'contains',
  'lowerAscii',
  'upperAscii',
  'trim',
  'all',
  'exists',
  'exists_one',
  'filter',
  'getFullYear',
  'getMonth',
  'getDate',
  'getDayOfWeek',
  'getDayOfYear',
  'getHours',
  'getMinutes',
]);

const limits = { maxAstNodes: 600, maxDepth: 32, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 4 };

function makeEnvironment(): Environment {
  const environment = new Environment({ limits });
  for (const [name, schema] of Object.entries(variables)) environment.registerVariable({ name, schema });
  return environment;
}

const environment = makeEnvironment();

const isFault = (error: unknown): error is EvaluationError =>
  error instanceof Error && 'summary' in error && 'range' in error;

const faultOf = (error: unknown): TextFault =>
  isFault(error)
    ? { message: error.summary, offset: error.range?.start ?? 0 }
    : { message: error instanceof Error ? error.message : String(error), offset: 0 };

function foreignCall(node: ASTNode): TextFault | undefined {
  const isCall = node.op === 'call' || node.op === 'rcall';
  if (isCall && !functions.has(node.args[0]))
    return { message: `there is no function ${node.args[0]} here`, offset: node.start };
  if (node.op === 'value' && node.args instanceof Uint8Array)
    return { message: 'there are no bytes here', offset: node.start };
  for (const child of childrenOf(node)) {
    const fault = foreignCall(child);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** What can be said against a text that is grammatical. */
function faultIn(parsed: ParseResult, ast: ASTNode): TextFault | undefined {
  const foreign = foreignCall(ast);
  if (foreign !== undefined) return foreign;
  if (costOf(ast, usualSize) > largestCost)
    return { message: 'it takes too many steps: nest fewer all, exists and filter', offset: 0 };
  const { valid, type, error } = parsed.check();
  if (!valid) return faultOf(error);
  return type === 'bool' ? undefined : { message: `it yields ${type ?? 'nothing'}, and must yield bool`, offset: 0 };
}

const programOf = (parsed: ParseResult, ast: ASTNode): Program => ({
  run: (context, lists) => {
    if (lists > usualSize && costOf(ast, lists) > largestCost)
      throw new RuleFault(`it takes too many steps for a request with a list of ${lists}`);
    try {
      const answer: unknown = parsed(context);
      if (typeof answer === 'boolean') return answer;
    } catch (error) {
      const { message, offset } = faultOf(error);
      throw new RuleFault(`${message} (at ${offset + 1})`, { cause: error });
    }
    throw new RuleFault('it yields no bool');
  },
});

function compileNew(condition: string): Compiled {
  try {
    const parsed = environment.parse(condition);
    const { ast } = parsed;
    const fault = faultIn(parsed, ast);
    return fault === undefined ? { program: programOf(parsed, ast) } : { fault };
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

const capacity = 2_000;
const known = new Map<string, Compiled>();

/** Understands a condition. The most recent ones are remembered by their text. */
export function compile(condition: string): Compiled {
  const compiled = known.get(condition) ?? compileNew(condition);
  known.delete(condition);
  known.set(condition, compiled);
  if (known.size > capacity) {
    const [oldest] = known.keys();
    if (oldest !== undefined) known.delete(oldest);
  }
  return compiled;
}

/** `line 2, column 9`, both from 1. */
export function placeIn(condition: string, offset: number): string {
  const before = condition.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

import type { ASTNode } from '@marcbachmann/cel-js';

/** Steps that one evaluation may take; about ten milliseconds. */
export const largestCost = 200_000;
/** What a list of a request is taken to hold when a rule is saved. */
export const usualSize = 128;

const comprehensions: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter']);

/** The parts of an expression. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'value' || node.op === 'id') return [];
  if (node.op === '.' || node.op === '.?') return [node.args[0]];
  if (node.op === 'call') return node.args[1];
  if (node.op === 'rcall') return [node.args[1], ...node.args[2]];
  if (node.op === 'map') return node.args.flat();
  if (node.op === '!_' || node.op === '-_') return [node.args];
  return node.args;
}

const sum = (costs: readonly number[]): number => costs.reduce((total, cost) => total + cost, 0);

/** How many elements a list may have. */
function sizeOf(node: ASTNode, listSize: number): number {
  if (node.op === 'list') return node.args.length;
  if (node.op === '+') return sum(node.args.map((part) => sizeOf(part, listSize)));
  if (node.op === '?:') return Math.max(sizeOf(node.args[1], listSize), sizeOf(node.args[2], listSize));
  if (node.op === 'rcall' && node.args[0] === 'filter') return sizeOf(node.args[1], listSize);
  return listSize;
}

/** The most steps that an expression can take when no list of its facts is longer than `listSize`. */
export function costOf(node: ASTNode, listSize: number): number {
  if (node.op === 'rcall' && comprehensions.has(node.args[0])) {
    const [, range, body] = node.args;
    const once = 1 + sum(body.map((part) => costOf(part, listSize)));
    return 1 + costOf(range, listSize) + sizeOf(range, listSize) * once;
  }
  return 1 + sum(childrenOf(node).map((part) => costOf(part, listSize)));
}

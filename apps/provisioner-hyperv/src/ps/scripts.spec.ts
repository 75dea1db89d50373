import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Language, Parser, type Node } from 'web-tree-sitter';
import { CMDLETS } from '../powershell/cmdlets';

const SCRIPTS = ['bootstrap.ps1', 'dispatch.ps1'] as const;
const sourceOf = (name: string): string => readFileSync(join(__dirname, name), 'utf8');

/** Cmdlets of PowerShell's own that a script may call; every other name must be one of its functions. */
const CORE = new Set([
  'Set-StrictMode',
  'ConvertTo-Json',
  'ConvertFrom-Json',
  'New-Object',
  'ForEach-Object',
  'Where-Object',
  'Import-Module',
  'Get-Module',
]);

/** What reads like Windows PowerShell 5.1 to the grammar and is not. */
const NEWER = [/&&/, /\|\|/, /-AsHashtable/i, /-Parallel\b/i, /\bclean\s*\{/i, /\busing\s+(module|namespace)\b/i];
/** What would make code of data. */
const EVALUATES = [/Invoke-Expression/i, /\biex\b/i, /Invoke-Command/i, /Start-Process/i, /ConvertTo-SecureString/i];

describe('the scripts', () => {
  let parser: Parser;
  const parse = (source: string): Node => {
    const tree = parser.parse(source);
    if (tree === null) throw new Error('there is no tree');
    return tree.rootNode;
  };
  const all = (node: Node): Node[] => [node, ...node.children.flatMap((child) => (child === null ? [] : all(child)))];
  const mistakes = (source: string): string[] =>
    all(parse(source))
      .filter((node) => node.type === 'ERROR' || node.isMissing)
      .map(({ startPosition, text }) => `${startPosition.row + 1}: ${text.slice(0, 60)}`);
  const texts = (source: string, type: string): string[] =>
    all(parse(source))
      .filter((node) => node.type === type)
      .map(({ text }) => text);

  beforeAll(async () => {
    await Parser.init();
    const grammar = require.resolve('tree-sitter-powershell/tree-sitter-powershell.wasm');
    const language = await Language.load(new Uint8Array(readFileSync(grammar)));
    parser = new Parser();
    parser.setLanguage(language);
  });

  it.each(SCRIPTS)('%s parses without a mistake', (name) => {
    expect(mistakes(sourceOf(name))).toEqual([]);
  });

  it('would not parse with a token less', () => {
    const source = sourceOf('dispatch.ps1');
    const broken = [
      source.replace('{', ''),
      source.replace(/\)(?=[^)]*$)/, ''),
      source.replace("'NOT_ALLOWED'", "'NOT_ALLOWED"),
    ];
    for (const one of broken) expect(mistakes(one)).not.toEqual([]);
  });

  it.each(SCRIPTS)('%s calls its own functions and few cmdlets of the core by name', (name) => {
    const functions = SCRIPTS.flatMap((one) => texts(sourceOf(one), 'function_name'));
    const called = texts(sourceOf(name), 'command_name').filter((one) => !CORE.has(one) && !functions.includes(one));
    expect(called).toEqual([]);
  });

  it('calls by a variable in one place only: the cmdlet that the list has passed', () => {
    const calls = SCRIPTS.flatMap((name) => sourceOf(name).match(/&\s*\$\w+/g) ?? []);
    expect(calls).toEqual(['& $Cmdlet']);
  });

  it.each(SCRIPTS)('%s is Windows PowerShell 5.1 and makes no code of data', (name) => {
    const source = sourceOf(name);
    for (const pattern of [...NEWER, ...EVALUATES]) expect(source).not.toMatch(pattern);
    // ASCII: a file without a byte order mark is read in the system's code page.
    expect(source).toMatch(/^[\x00-\x7f]*$/);
  });

  it.each(['$a ? 1 : 2', '$a ?? 1', '$a ??= 1', '${a}?.b'])('refuses %s, which is PowerShell 7', (source) => {
    expect(mistakes(`$x = ${source}`)).not.toEqual([]);
  });

  it('allows the cmdlets that the adapter knows, and no other', () => {
    const list = /DcmAllowed = @\{\s*scvmm = @\(([^)]*)\)/.exec(sourceOf('dispatch.ps1'))?.[1] ?? '';
    const names = [...list.matchAll(/'([^']+)'/g)].map(([, name]) => name);
    expect([...names].sort()).toEqual([...CMDLETS].sort());
  });
});

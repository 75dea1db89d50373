/** An element of a request; names are without prefix, the namespace beside. */
export interface Element {
  readonly uri: string;
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

/** The request is no XML that is taken here. */
export class XmlRefused extends Error {
  override readonly name = 'XmlRefused';
}

const TOKEN =
  /<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s=<>/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITY = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));|&/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** An element that was begun, and the namespaces that hold in it. */
interface Open {
  readonly tag: string;
  readonly element: Element;
  readonly scope: ReadonlyMap<string, string>;
}

/** Reads a document. @throws XmlRefused for a DOCTYPE as for everything that is not well-formed. */
export function readDocument(source: string): Element {
  const root: Element = { uri: '', name: '', attributes: new Map(), children: [], text: '' };
  const open: Open[] = [{ element: root, tag: '', scope: new Map() }];
  for (const token of tokens(source.replace(/^\ufeff/, ''))) take(token, open);
  const [document] = root.children;
  if (open.length !== 1 || document === undefined || root.children.length !== 1)
    throw new XmlRefused('not one document');
  return document;
}

function* tokens(text: string): Generator<RegExpExecArray> {
  const next = new RegExp(TOKEN);
  while (next.lastIndex < text.length) {
    const token = next.exec(text);
    if (token === null) throw new XmlRefused('not well-formed');
    yield token;
  }
}

function take(token: RegExpExecArray, open: Open[]): void {
  const [, cdata, closing, opening, , , words] = token;
  const parent = open.at(-1);
  if (parent === undefined) throw new XmlRefused('not well-formed');
  parent.element.text += cdata ?? unescape(words ?? '');
  if (closing !== undefined && (open.length === 1 || open.pop()?.tag !== closing)) {
    throw new XmlRefused(`</${closing}> closes nothing`);
  }
  if (opening !== undefined) enter(token, parent, open);
}

function enter([, , , tag = '', attributes = '', isEmpty]: RegExpExecArray, parent: Open, open: Open[]): void {
  const begun = begin(tag, attributes, parent.scope);
  parent.element.children.push(begun.element);
  if (isEmpty === '') open.push({ ...begun, tag });
}

function begin(
  tag: string,
  source: string,
  outer: ReadonlyMap<string, string>,
): { readonly element: Element; readonly scope: ReadonlyMap<string, string> } {
  const pairs = [...source.matchAll(ATTRIBUTE)].map(
    ([, name = '', double, single]) => [name, unescape(double ?? single ?? '')] as const,
  );
  const declared = pairs.filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'));
  const scope = new Map([...outer, ...declared.map(([name, value]) => [name.slice(6), value] as const)]);
  const named = pairs.filter((pair) => !declared.includes(pair));
  const attributes = new Map(named.map(([name, value]) => [name.split(':').at(-1) ?? name, value]));
  const [prefix = '', local] = tag.includes(':') ? tag.split(':', 2) : ['', tag];
  const uri = scope.get(prefix);
  if (uri === undefined && prefix !== '') throw new XmlRefused(`prefix ${prefix} is not declared`);
  return { scope, element: { uri: uri ?? '', name: local ?? tag, attributes, children: [], text: '' } };
}

function unescape(text: string): string {
  return text.replace(ENTITY, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    if (hex === undefined && decimal === undefined) throw new XmlRefused('an entity is not known');
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

/** The first child of a name in a namespace. */
export function childOf(parent: Element | undefined, uri: string, name: string): Element | undefined {
  return parent?.children.find((child) => child.uri === uri && child.name === name);
}

/** All children of a name in a namespace. */
export function childrenOf(parent: Element | undefined, uri: string, name: string): readonly Element[] {
  return parent?.children.filter((child) => child.uri === uri && child.name === name) ?? [];
}

/** Writes text so that any reader gets it back. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'\r\n\t]/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

import { parser, type QualifiedTag, type SAXParser } from 'sax';

/** An element that was read. */
export class XmlNode {
  readonly children: XmlNode[] = [];
  text = '';

  constructor(
    /** Namespace, empty for none. */
    readonly uri: string,
    readonly local: string,
    /** Attributes by local name. */
    readonly attributes: ReadonlyMap<string, string>,
  ) {}

  /** The first child of that name. */
  child(uri: string, local: string): XmlNode | undefined {
    return this.children.find((node) => node.uri === uri && node.local === local);
  }

  all(uri: string, local: string): readonly XmlNode[] {
    return this.children.filter((node) => node.uri === uri && node.local === local);
  }

  /** The element at the end of a path of names that share a namespace. */
  path(uri: string, ...locals: readonly string[]): XmlNode | undefined {
    return locals.reduce<XmlNode | undefined>((node, local) => node?.child(uri, local), this);
  }

  /** The first element of that name at any depth, outer ones first. */
  find(uri: string, local: string): XmlNode | undefined {
    const own = this.child(uri, local);
    if (own !== undefined) return own;
    for (const node of this.children) {
      const found = node.find(uri, local);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Text that is not XML, or XML that is not read here. */
export class XmlFormatError extends Error {
  override readonly name = 'XmlFormatError';
}

const MAX_DEPTH = 64;

/**
 * Reads a document with its namespaces. A DOCTYPE, processing instructions other than the declaration, and entities other
 * than XML's own five are refused: nothing is fetched and nothing is expanded.
 * @throws XmlFormatError
 */
export function readXml(text: string): XmlNode {
  const builder = new TreeBuilder();
  const reader = parser(true, { xmlns: true, strictEntities: true, position: false });
  builder.listenTo(reader);
  try {
    reader.write(text).close();
  } catch (error) {
    if (error instanceof XmlFormatError) throw error;
    throw new XmlFormatError('it is not well-formed');
  }
  return builder.finish();
}

class TreeBuilder {
  private readonly open: XmlNode[] = [];
  private root: XmlNode | undefined;

  listenTo(reader: SAXParser): void {
    reader.onerror = () => {
      throw new XmlFormatError('it is not well-formed');
    };
    reader.ondoctype = () => {
      throw new XmlFormatError('it has a DOCTYPE');
    };
    reader.onprocessinginstruction = ({ name }) => {
      if (name !== 'xml') throw new XmlFormatError('it has a processing instruction');
    };
    reader.onopentag = (tag) => {
      this.enter(tag);
    };
    reader.onclosetag = () => void this.open.pop();
    reader.ontext = reader.oncdata = (text) => {
      const node = this.open.at(-1);
      if (node !== undefined) node.text += text;
    };
  }

  private enter({ uri, local, attributes }: QualifiedTag): void {
    if (this.open.length === MAX_DEPTH) throw new XmlFormatError(`it is deeper than ${MAX_DEPTH} elements`);
    const named = Object.values(attributes).filter(({ prefix }) => prefix !== 'xmlns');
    const node = new XmlNode(uri, local, new Map(named.map((one) => [one.local, one.value])));
    const parent = this.open.at(-1);
    if (parent === undefined && this.root !== undefined) throw new XmlFormatError('it is more than one document');
    parent?.children.push(node);
    this.root ??= node;
    this.open.push(node);
  }

  finish(): XmlNode {
    if (this.root === undefined) throw new XmlFormatError('it is empty');
    return this.root;
  }
}

/** The part of sax that is used here; the package brings no types. */
declare module 'sax' {
  export interface QualifiedAttribute {
    readonly local: string;
    readonly prefix: string;
    readonly uri: string;
    readonly value: string;
  }
  export interface QualifiedTag {
    readonly local: string;
    readonly uri: string;
    readonly attributes: Readonly<Record<string, QualifiedAttribute>>;
  }
  export interface SAXParser {
    onerror: (error: Error) => void;
    ontext: (text: string) => void;
    oncdata: (text: string) => void;
    ondoctype: (doctype: string) => void;
    onprocessinginstruction: (instruction: { readonly name: string; readonly body: string }) => void;
    onopentag: (tag: QualifiedTag) => void;
    onclosetag: (name: string) => void;
    write(chunk: string): SAXParser;
    close(): SAXParser;
  }
  export function parser(
    strict: true,
    options: { readonly xmlns: true; readonly strictEntities: true; readonly position?: boolean },
  ): SAXParser;
}

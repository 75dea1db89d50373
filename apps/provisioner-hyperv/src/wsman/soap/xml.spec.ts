import { isWsmanError } from '../wsman.errors';
import { encodeXml, xml } from './xml.encoder';
import { readXml, XmlFormatError } from './xml.reader';

describe('the XML of requests and answers', () => {
  it.each([
    ['markup', `<a b="c">&amp;]]></a>'`],
    ['quotes of all kinds', `"'\u2018\u2019\u201c\u201d\``],
    ['PowerShell', '$(Remove-Item C:\\ -Recurse); `n -EncodedCommand AAAA'],
    ['line breaks and blanks', ' \r\n\tx\n\r '],
    ['characters of all planes', 'ä\u00a0中\u{1f600}\u2028'],
  ])('carries %s unharmed, as text and as attribute', (_what, value) => {
    const node = readXml(encodeXml(xml('r', { a: value }, xml('t', {}, value))));
    expect(node.attributes.get('a')).toBe(value);
    expect(node.child('', 't')?.text).toBe(value);
  });

  it.each(['a\u0000', '\u0007', '\ufffe', '\ud800x', 'x\udc00'])(
    'refuses a value that XML cannot hold: %j',
    (value) => {
      let thrown: unknown;
      try {
        encodeXml(xml('r', {}, value));
      } catch (error) {
        thrown = error;
      }
      expect(isWsmanError(thrown, 'INVALID_OPTION')).toBe(true);
    },
  );

  it('reads by namespace, whatever the prefix', () => {
    const node = readXml('<q:a xmlns:q="urn:1" xmlns="urn:2"><b q:n="v">x<![CDATA[<y>]]></b></q:a>');
    expect(node.uri).toBe('urn:1');
    expect(node.child('urn:2', 'b')?.text).toBe('x<y>');
    expect(node.child('urn:2', 'b')?.attributes.get('n')).toBe('v');
    expect(node.child('urn:1', 'b')).toBeUndefined();
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['a DOCTYPE that names a file', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['an entity that is not XML’s own', '<a>&nbsp;</a>'],
    ['a processing instruction', '<?php x?><a/>'],
    ['a prefix that is not declared', '<q:a/>'],
    ['an element that is not closed', '<a><b></a>'],
    ['more elements in each other than 64', `${'<a>'.repeat(65)}${'</a>'.repeat(65)}`],
    ['nothing', ''],
    ['no XML', 'Service Unavailable'],
    ['two documents', '<a/><b/>'],
  ])('refuses %s', (_what, text) => {
    expect(() => readXml(text)).toThrow(XmlFormatError);
  });
});

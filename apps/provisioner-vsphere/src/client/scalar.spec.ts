import fc from 'fast-check';
import { decodeScalar, encodeScalar, escapeXml } from './scalar';
import { VimRequestError } from './vim.errors';

const UNESCAPES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#x9': '\t',
  '#xA': '\n',
  '#xD': '\r',
};

function unescapeXml(text: string): string {
  return text.replace(/&([^;]+);/g, (_, name: string) => UNESCAPES[name] ?? '?');
}

describe('text in XML', () => {
  it('survives unchanged and never holds markup', () => {
    const text = fc.string({
      unit: fc.constantFrom('<', '>', '&', '"', "'", '\t', '\n', '\r', ' ', '<![CDATA[', ']]>', 'ä', '漢', '😀'),
    });
    fc.assert(
      fc.property(text, (original) => {
        const escaped = escapeXml(original, 'here');
        expect(escaped).not.toMatch(/[<>"\t\n\r]/);
        expect(unescapeXml(escaped)).toBe(original);
      }),
    );
  });

  it('is escaped also when it looks like a CDATA section, which npm soap would let through', () => {
    const attack = '<![CDATA[x]]></name><powerOn>true</powerOn><![CDATA[x]]>';
    expect(escapeXml(attack, 'here')).not.toContain('<');
  });

  it.each(['\u0000', '\u0008', '\u001f', '\ufffe', '\ud800', 'a\udc00b'])(
    'is refused with the character %j, without telling the text',
    (text) => {
      expect(() => escapeXml(`secret${text}`, 'Login.password')).toThrow(VimRequestError);
      expect(() => escapeXml(`secret${text}`, 'Login.password')).toThrow(/^(?!.*secret).*Login\.password/);
    },
  );
});

describe('XML Schema scalars', () => {
  it.each<[string, unknown, string]>([
    ['string', '', ''],
    ['boolean', false, 'false'],
    ['byte', -128, '-128'],
    ['short', 32_767, '32767'],
    ['int', -2_147_483_648, '-2147483648'],
    ['long', Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['long', 2n ** 63n - 1n, '9223372036854775807'],
    ['double', 1.5, '1.5'],
    ['dateTime', new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('writes a %s %s', (type, value, text) => {
    expect(encodeScalar(type, value, 'here')).toBe(text);
  });

  it.each<[string, unknown]>([
    ['string', 5],
    ['boolean', 'true'],
    ['byte', 128],
    ['short', 32_768],
    ['int', 2_147_483_648],
    ['int', 1.5],
    ['int', '5'],
    ['int', Number.NaN],
    ['long', 2 ** 53],
    ['long', 2n ** 63n],
    ['double', Number.POSITIVE_INFINITY],
    ['dateTime', '1970-01-01'],
    ['dateTime', new Date(Number.NaN)],
  ])('refuses as %s the value %s', (type, value) => {
    expect(() => encodeScalar(type, value, 'Op.field')).toThrow('Op.field');
  });

  it.each<[string, string, unknown]>([
    ['int', '-5', -5],
    ['double', '1.5', 1.5],
    ['long', '137438953472', 137_438_953_472],
    ['long', '9223372036854775807', 9_223_372_036_854_775_807n],
    ['long', 'none', 'none'],
    ['boolean', 'true', true],
    ['boolean', '1', true],
    ['boolean', 'false', false],
    ['dateTime', '2026-01-02T03:04:05Z', new Date('2026-01-02T03:04:05Z')],
    ['string', '5', '5'],
    ['SomethingElse', '5', '5'],
  ])('reads the %s %s', (type, text, value) => {
    expect(decodeScalar(type, text)).toEqual(value);
  });
});

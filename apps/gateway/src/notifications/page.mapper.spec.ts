import { createHash } from 'node:crypto';
import { messagePage, pageHeaders, questionPage } from './page.mapper';

describe('a page', () => {
  const facts = { title: 'a <b>', lines: [{ label: 'Why', values: ['x & y'] }] };

  it.each([questionPage(facts, 'amy'), messagePage(410, ['Late', 'Too late'])])(
    'bears the style that its policy allows',
    ({ html }) => {
      const style = /<style>([^]*)<\/style>/.exec(html)?.[1] ?? '';
      const hash = createHash('sha256').update(style).digest('base64');
      expect(pageHeaders['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
    },
  );

  it('holds what people wrote only as text', () => {
    const { html } = questionPage(facts, '"amy"');
    for (const text of ['<h1>a &lt;b&gt;</h1>', '<dd>x &amp; y</dd>', '&quot;amy&quot;']) expect(html).toContain(text);
  });
});

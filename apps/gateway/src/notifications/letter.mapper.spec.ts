import { html } from './html.mapper';
import { letterOf } from './letter.mapper';

const facts = (title: string, value = 'x'): Parameters<typeof letterOf>[0] => ({
  title,
  lines: [{ label: 'Why', values: [value] }],
});

describe('a letter', () => {
  it('has a subject of one short line', () => {
    const { subject } = letterOf(facts(`a\r\nBcc: b\u2028c\0${'x'.repeat(300)}`), 'https://dcm.test/l');
    expect(subject).toMatch(/^DCM: a {2}Bcc: b c x+$/);
    expect(subject).toHaveLength(150);
  });

  it('bears its link in both forms, and what people wrote only as text', () => {
    const letter = letterOf(facts('<b>', `"><script>alert('&')</script>`), 'https://dcm.test/l');
    expect(letter.text).toContain('https://dcm.test/l');
    expect(letter.html).toContain('href="https://dcm.test/l"');
    expect(letter.html).toContain('<h1>&lt;b&gt;</h1>');
    expect(letter.html).toContain('&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;');
  });
});

describe('HTML', () => {
  it('is escaped once, however deep it is put together', () => {
    const inner = ['<', '>'].map((sign) => html`<i>${sign}</i>`);
    expect(html`<p title="${'"'}">${inner}</p>`.text).toBe('<p title="&quot;"><i>&lt;</i><i>&gt;</i></p>');
  });

  it('keeps a backslash and a dollar as they are', () => {
    expect(html`${'a\\n$1 ${x}'}`.text).toBe('a\\n$1 ${x}');
  });
});

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const textOf = (value: string | Html | readonly Html[]): string => {
  if (typeof value === 'string') return escape(value);
  return value instanceof Html ? value.text : value.map((part) => part.text).join('');
};

/** Writes HTML; whatever is put in is escaped, unless it was written by this too. Attributes must be quoted. */
export const html = (parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html =>
  new Html(String.raw({ raw: parts }, ...values.map(textOf)));

import { createHash } from 'node:crypto';
import type { Facts } from './facts.mapper';
import { html, Html } from './html.mapper';

const style = `body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1c2430}
main{max-width:44rem;margin:2rem auto;padding:1.5rem 2rem;background:#fff;border:1px solid #d8dce3;border-radius:8px}
h1{font-size:1.3rem;margin:0 0 1rem;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem;margin:0}
dt{color:#5a6472}dd{margin:0;grid-column:2;overflow-wrap:anywhere}label{display:block;margin:1.5rem 0 .25rem}
textarea{width:100%;box-sizing:border-box;font:inherit;padding:.5rem;border:1px solid #aab2bf;border-radius:4px}
button{font:inherit;padding:.5rem 1.5rem;margin:1rem .75rem 0 0;border-radius:4px;border:1px solid;cursor:pointer}
button[value=approve]{background:#146c43;border-color:#146c43;color:#fff}button[value=reject]{background:#fff;border-color:#b02a37;color:#b02a37}
@media(max-width:34rem){main{margin:0;border:0;padding:1rem}dl{grid-template-columns:1fr}dd{grid-column:1;margin-bottom:.5rem}}`;

/** Written in one piece: a space more inside, and browsers refuse it. */
const styleElement = new Html(`<style>${style}</style>`);
const styleHash = createHash('sha256').update(style).digest('base64');

/** A page runs nothing, loads nothing, sends its form to itself only, tells nobody where it was, and is kept by nobody. */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow, noarchive',
};

/** A page with its HTTP status. */
export interface Page {
  readonly status: number;
  readonly html: string;
}

const pageOf = (status: number, title: string, content: Html): Page => ({
  status,
  html: html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text,
});

/** The question with the form that answers it, to the address that the page has. */
export function questionPage({ title, lines }: Facts, person: string): Page {
  const facts = lines.map(
    ({ label, values }) =>
      html`<dt>${label}</dt>
        ${values.map((value) => html`<dd>${value}</dd>`)} `,
  );
  return pageOf(
    200,
    title,
    html`<dl>${facts}</dl>
      <form method="post">
        <label for="comment">Comment for ${person}’s decision</label>
        <textarea id="comment" name="comment" rows="3" maxlength="1000"></textarea>
        <button name="decision" value="approve">Approve</button>
        <button name="decision" value="reject">Reject</button>
      </form>`,
  );
}

/** One sentence, and where to go on. */
export function messagePage(status: number, [title, message]: readonly [string, string], next?: string): Page {
  const link = next === undefined ? [] : [html` <p><a href="${next}">See the new question</a></p>`];
  return pageOf(
    status,
    title,
    html`<p>${message}</p>
      ${link}`,
  );
}

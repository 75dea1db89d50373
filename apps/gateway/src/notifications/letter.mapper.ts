import type { Facts } from './facts.mapper';
import { html } from './html.mapper';

/** A mail, without who it is to. */
export interface Letter {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const longestSubject = 150;

/** A header is one line, whatever it is made from. */
const subjectOf = (title: string): string =>
  `DCM: ${title}`.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').slice(0, longestSubject);

const closing =
  'The link is yours alone, works once and opens a page; nothing is decided before you press a button there.';

/** Writes the mail that puts a question to an approver. */
export function letterOf({ title, lines }: Facts, link: string): Letter {
  const text = lines.map(({ label, values }) => `${label}: ${values.join('; ')}`);
  const rows = lines.map(
    ({ label, values }) =>
      html`<tr>
        <th align="left" valign="top">${label}</th>
        <td>${values.join('; ')}</td>
      </tr> `,
  );
  return {
    subject: subjectOf(title),
    text: `${title}\n\n${text.join('\n')}\n\nAnswer here:\n${link}\n\n${closing}\n`,
    html: html`<!doctype html>
      <html lang="en">
        <body>
          <h1>${title}</h1>
          <table cellpadding="4">
            ${rows}
          </table>
          <p><a href="${link}">See the question and answer it</a></p>
          <p>${closing}</p>
        </body>
      </html> `.text,
  };
}

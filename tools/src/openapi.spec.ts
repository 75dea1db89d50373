import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentText, generateDocs, typesFile, typesHead } from './openapi';

const read = (path: string): string => readFileSync(join(__dirname, '..', '..', path), 'utf8');

describe('the generated reference', () => {
  it.each(Object.entries(generateDocs()))('%s says what the contracts say now; else run npm run docs', (path, text) => {
    expect(read(path)).toBe(text);
  });

  it('types the client by the document of now, untouched; else run npm run docs', () => {
    const [head = '', ...types] = read(typesFile).split(/(?<=\n)/);
    expect(head).toBe(typesHead(documentText(), types.join('')));
  });
});

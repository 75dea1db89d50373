import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DcmError } from '@dcm/contracts';
import { loadConfig } from './config';

const schema = z.object({ DATABASE_URL: z.string(), PORT: z.coerce.number().int().default(3000) });

describe('loadConfig', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dcm-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('reads variables, defaults and ignores the rest', () => {
    expect(loadConfig(schema, { DATABASE_URL: 'x', HOME: '/' })).toEqual({ DATABASE_URL: 'x', PORT: 3000 });
  });

  it('takes a value from the file that NAME_FILE names', () => {
    const file = join(folder, 'url');
    writeFileSync(file, 'postgres://secret\n');
    expect(loadConfig(schema, { DATABASE_URL_FILE: file }).DATABASE_URL).toBe('postgres://secret');
  });

  it('names a variable that is missing and a file that is not there', () => {
    expect(() => loadConfig(schema, { PORT: '1' })).toThrow(/environment\/DATABASE_URL/);
    expect(() => loadConfig(schema, { DATABASE_URL_FILE: join(folder, 'none') })).toThrow(DcmError);
  });

  it('never shows a value', () => {
    expect(() => loadConfig(schema, { DATABASE_URL: 'x', PORT: 'hunter2' })).toThrow(
      expect.not.stringContaining('hunter2') as string,
    );
  });
});

import { z } from 'zod';
import { DcmError } from './dcm.error';
import { errorTable, isErrorCode } from './error-table';
import { parseOrThrow } from './error.schema';

const schema = z.strictObject({ name: z.string(), disks: z.array(z.strictObject({ sizeGib: z.int() })) });

const refusal = (value: unknown): DcmError => {
  try {
    parseOrThrow(schema, value, 'thing');
  } catch (error) {
    if (error instanceof DcmError) return error;
  }
  throw new Error('was accepted');
};

describe('parseOrThrow', () => {
  it('names every broken place by its JSON pointer', () => {
    const error = refusal({ name: 1, disks: [{ sizeGib: 1 }, { sizeGib: 'big' }] });
    expect(error.code).toBe('INVALID_REQUEST');
    expect(error.details.map((detail) => detail.pointer)).toEqual(['/name', '/disks/1/sizeGib']);
  });

  it('names each unknown key where it stands', () => {
    const error = refusal({ name: 'a', disks: [{ sizeGib: 1, 'si/ze~': 2 }], colour: 'red' });
    expect(error.details.map((detail) => detail.pointer).sort()).toEqual(['/colour', '/disks/0/si~1ze~0']);
  });

  it('points at the root when the whole value is wrong', () => {
    expect(refusal('text').details[0]?.pointer).toBe('/');
  });
});

describe('errorTable', () => {
  it('gives every code a client or server status and a help text', () => {
    for (const [code, row] of Object.entries(errorTable)) {
      expect([code, row.httpStatus >= 400 && row.httpStatus < 600]).toEqual([code, true]);
      expect(row.help.length).toBeGreaterThan(10);
    }
  });

  it('does not take inherited properties for codes', () => {
    expect(isErrorCode('toString')).toBe(false);
    expect(isErrorCode('NOT_FOUND')).toBe(true);
  });
});

/** The dispatcher's own refusals. */
export type RefusalCode =
  'BAD_REQUEST' | 'NOT_ALLOWED' | 'REFERENCE' | 'EXPECTED_ONE' | 'LOCK_TIMEOUT' | 'FILE_REFUSED';

/** What `New-DcmError` makes. */
export class DispatchError extends Error {
  constructor(
    readonly dcm: RefusalCode,
    text: string,
  ) {
    super(text);
    this.name = 'DispatchError';
  }
}

export const refusal = (code: RefusalCode, text: string): DispatchError => new DispatchError(code, text);

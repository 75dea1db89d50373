import { ADVICE, DETAIL_LABEL, ERROR_LABEL, textOf, type ErrorNumber, type Locale } from './texts';

/** An error of the management server: a number, and values for its text in whatever language. */
export class VmmError extends Error {
  constructor(
    readonly number: ErrorNumber,
    readonly values: readonly string[],
    /** What the host said, for example `Unknown error (0x80041001)`. */
    readonly detail?: string,
  ) {
    super(textOf(number, values, 'en'));
    this.name = 'VmmError';
  }

  /** The message as a cmdlet shows it. */
  messageIn(locale: Locale): string {
    const detail = this.detail === undefined ? '' : `, ${DETAIL_LABEL[locale]}: ${this.detail}`;
    const problem = textOf(this.number, this.values, locale);
    return `${problem} (${ERROR_LABEL[locale]}: ${this.number}${detail})\r\n\r\n${ADVICE[locale]}`;
  }
}

/** An error record of PowerShell itself: binding of parameters, an unknown command. It is never localized here. */
export class ShellError extends Error {
  constructor(
    message: string,
    readonly fullyQualifiedErrorId: string,
    readonly category: string,
    readonly type: string,
  ) {
    super(message);
    this.name = 'ShellError';
  }
}

/** `throw new RuntimeException(text)` of a script: what `throw 'text'` makes. */
export const scriptError = (text: string): ShellError =>
  new ShellError(text, text, 'OperationStopped', 'System.Management.Automation.RuntimeException');

/** What a job keeps of an error. @see Microsoft.VirtualManager.Utils.ErrorInfo */
export interface ErrorInfo {
  readonly Code: number;
  readonly DisplayableErrorCode: number;
  readonly Problem: string;
  readonly RecommendedAction: string;
  readonly DetailedErrorCode: string;
  readonly IsSuccess: boolean;
}

/** The error info of a job that ended well. */
export const SUCCESS: ErrorInfo = {
  Code: 0,
  DisplayableErrorCode: 0,
  Problem: '',
  RecommendedAction: '',
  DetailedErrorCode: '',
  IsSuccess: true,
};

export const errorInfoOf = (error: VmmError, locale: Locale): ErrorInfo => ({
  Code: error.number,
  DisplayableErrorCode: error.number,
  Problem: textOf(error.number, error.values, locale),
  RecommendedAction: ADVICE[locale],
  DetailedErrorCode: error.detail ?? '',
  IsSuccess: false,
});

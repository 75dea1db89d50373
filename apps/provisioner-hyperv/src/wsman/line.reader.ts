import { StringDecoder } from 'node:string_decoder';
import { WsmanError } from './wsman.errors';

const MAX_LINE_LENGTH = 8 * 1024 * 1024;

/** Makes whole lines of pieces that end anywhere, in the middle of a character too. One object serves one stream. */
export class LineReader {
  private readonly decoder = new StringDecoder('utf8');
  private pieces: string[] = [];
  private pending = 0;
  private isAtStart = true;

  /** @param maxLength characters of a line at most */
  constructor(private readonly maxLength = MAX_LINE_LENGTH) {}

  /**
   * Takes the next piece.
   * @returns the lines that it completes, without their ends; a byte order mark at the very beginning is dropped
   * @throws WsmanError ANSWER_TOO_LARGE when a line does not end
   */
  push(bytes: Uint8Array): string[] {
    const [first = '', ...rest] = this.decode(bytes).split('\n');
    this.keep(first);
    return rest.map((begun) => {
      const line = this.take();
      this.keep(begun);
      return line;
    });
  }

  /** What came after the last line's end; undefined when nothing did. */
  end(): string | undefined {
    this.keep(this.decoder.end());
    return this.pending === 0 ? undefined : this.take();
  }

  private decode(bytes: Uint8Array): string {
    const text = this.decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (text === '' || !this.isAtStart) return text;
    this.isAtStart = false;
    return text.startsWith('\ufeff') ? text.slice(1) : text;
  }

  private keep(piece: string): void {
    if (piece === '') return;
    this.pieces.push(piece);
    this.pending += piece.length;
    if (this.pending > this.maxLength) {
      throw new WsmanError('ANSWER_TOO_LARGE', `Unable to read a line: it is longer than ${this.maxLength} characters`);
    }
  }

  private take(): string {
    const line = this.pieces.join('');
    this.pieces = [];
    this.pending = 0;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

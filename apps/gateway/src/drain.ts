/** The two steps in which the process goes away. */
export class Drain {
  private readonly leaving = new AbortController();
  private readonly shutting = new AbortController();

  /** It goes away: readiness turns false, long answers end early. Its door is still open. */
  get signal(): AbortSignal {
    return this.leaving.signal;
  }

  /** Its door is shut: nobody connects any more, every answer closes its connection, streams end. */
  get shut(): AbortSignal {
    return this.shutting.signal;
  }

  begin(): void {
    this.leaving.abort();
  }

  shutDoor(): void {
    this.shutting.abort();
  }
}

/**
 * The catalog lacks what a reader asked for, but may soon have it. The message is the sentence that the reader sees.
 */
export class NotListedYet extends Error {
  override name = 'NotListedYet';
  readonly retryAfterSeconds: number;

  constructor(sentence: string, retryAfterSeconds: number) {
    super(sentence);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

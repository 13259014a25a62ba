/** The set-up can't go on. Its message is one sentence that tells the user what to do. */
export class SetUpError extends Error {
  /**
   * @param {string} message
   * @param {string} [details] the output of the program that failed, shown above the sentence
   */
  constructor(message, details = '') {
    super(message);
    this.name = 'SetUpError';
    this.details = details.trim();
  }
}

/** An error to throw, or a function to call, which may also throw. */
export type Fault = Error | (() => void | Promise<void>);

/** Faults for the next calls: one for each call, in the order in which they were added. */
export class FaultQueue {
  readonly #faults: Fault[] = [];

  add(...faults: Fault[]): void {
    this.#faults.push(...faults);
  }

  /** Throws or calls the next fault, if there is one. */
  async runNext(): Promise<void> {
    const fault = this.#faults.shift();
    if (fault instanceof Error) throw fault;
    await fault?.();
  }
}

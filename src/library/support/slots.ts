import { TooBusy } from './limiter.ts';

/** Lets a bounded number of long answers run at a time. */
export class Slots {
  #free: number;

  constructor(maxTaken: number) {
    this.#free = maxTaken;
  }

  /**
   * Takes a slot, and returns the function that gives it back. Only the first call of that function counts.
   * @throws TooBusy if all slots are taken
   */
  take(): () => void {
    if (this.#free === 0) throw new TooBusy('too many long answers run already');
    this.#free--;
    let isTaken = true;
    return () => {
      if (isTaken) this.#free++;
      isTaken = false;
    };
  }
}

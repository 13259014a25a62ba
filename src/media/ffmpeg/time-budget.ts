/**
 * How long the programs that look at one clip may run, all of them together. Waiting for its bytes costs
 * nothing of it: a slow server says nothing about the clip.
 */
export class TimeBudget {
  private leftMs: number;

  constructor(ms: number) {
    this.leftMs = ms;
  }

  /** Runs a program that ends within the time it is given, which is what is left. */
  async spend<T>(program: (timeoutMs: number) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      // A time-out of 0 would be none.
      return await program(Math.max(1, Math.ceil(this.leftMs)));
    } finally {
      this.leftMs -= performance.now() - startedAt;
    }
  }
}

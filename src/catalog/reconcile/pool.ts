/** Runs tasks side by side, at most `limit` at a time. After a task has failed, no other task starts. */
export class TaskPool {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Starts a task as soon as fewer than `limit` tasks run. Returns when the task has started.
   * @throws the error of an earlier task
   */
  async start(task: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
    this.#throwFailure();
    const running = task()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits until no task runs. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /**
   * Waits until no task runs.
   * @throws the error of a task
   */
  async finish(): Promise<void> {
    await this.settle();
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}

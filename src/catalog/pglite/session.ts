import { errorCodesIn, leavesTransactionOpen, query } from './backend.ts';

/** A connection as the session sees it. */
export interface SessionClient {
  /** True if the client will not read an answer. */
  isGone: () => boolean;
  /** Tells the client why its transaction ended, and closes the connection. */
  expel: (errorCode: string, reason: string) => void;
}

interface Task {
  client: SessionClient;
  batch: Buffer;
  resolve: (answer: Buffer | null) => void;
  reject: (error: unknown) => void;
}

/** A transaction keeps all other clients waiting. A migration of 100,000 clips takes some seconds. */
export const MAX_TRANSACTION_MS = 60_000;

/** PostgreSQL's `transaction_timeout`. */
const TRANSACTION_TIMEOUT = '25P04';

/**
 * The errors that say that files of the database are damaged or missing: `data_corrupted`, `index_corrupted` and
 * `undefined_file` (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const BROKEN_FILES = new Set(['XX001', 'XX002', '58P01']);

/**
 * Lets several clients share the one session of PGlite. Batches run in the order in which they arrive. A client that
 * opens a transaction owns the session until the transaction ends; the batches of other clients wait.
 */
export class Session {
  readonly #execute: (batch: Buffer) => Promise<Buffer>;
  readonly #onBroken: (code: string) => void;
  readonly #maxTransactionMs: number;
  #tasks: Task[] = [];
  #owner: SessionClient | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;
  #isClosed = false;

  /**
   * @param options `execute` sends messages to the database and returns the answer. `onBroken` is called if files of
   * the database are damaged.
   */
  constructor({
    execute,
    onBroken,
    maxTransactionMs = MAX_TRANSACTION_MS,
  }: {
    execute: (batch: Buffer) => Promise<Buffer>;
    onBroken: (code: string) => void;
    maxTransactionMs?: number;
  }) {
    this.#execute = execute;
    this.#onBroken = onBroken;
    this.#maxTransactionMs = maxTransactionMs;
  }

  /** Returns the answer; null if the client has gone before its turn. */
  async run(client: SessionClient, batch: Buffer): Promise<Buffer | null> {
    return await new Promise((resolve, reject) => {
      this.#tasks.push({ client, batch, resolve, reject });
      void this.#runTasks();
    });
  }

  /** Rolls back the client's open transaction. Must be called when a connection has closed. */
  leave(client: SessionClient): void {
    if (this.#owner === client) void this.#runTasks();
  }

  /** Runs nothing more, so that the database can be closed. An open transaction ends when the database closes. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #runTasks(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (!this.#isClosed) {
      if (this.#owner?.isGone() === true) await this.#rollBack();
      const task = this.#takeNext();
      if (task === null) break;
      await this.#runTask(task);
      // PGlite runs a query without turning the event loop. Turn the event loop, so that sockets are read.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isRunning = false;
  }

  #takeNext(): Task | null {
    const owner = this.#owner;
    const at = owner === null ? 0 : this.#tasks.findIndex(({ client }) => client === owner);
    return this.#tasks.splice(at, at === -1 ? 0 : 1)[0] ?? null;
  }

  async #runTask({ client, batch, resolve, reject }: Task): Promise<void> {
    if (client.isGone()) {
      resolve(null);
      return;
    }
    try {
      const answer = await this.#execute(batch);
      this.#setOwner(leavesTransactionOpen(answer) ? client : null);
      resolve(answer);
      const broken = errorCodesIn(answer).find((code) => BROKEN_FILES.has(code));
      if (broken !== undefined) this.#onBroken(broken);
    } catch (error) {
      reject(error);
    }
  }

  #setOwner(client: SessionClient | null): void {
    if (this.#owner === client) return;
    clearTimeout(this.#timer);
    this.#owner = client;
    if (client === null) return;
    this.#timer = setTimeout(() => {
      client.expel(
        TRANSACTION_TIMEOUT,
        `the transaction took longer than ${this.#maxTransactionMs} ms`,
      );
      this.leave(client);
    }, this.#maxTransactionMs);
  }

  async #rollBack(): Promise<void> {
    this.#setOwner(null);
    await this.#execute(query('rollback'));
  }
}

import { CatalogUnavailable, type Catalog, type CatalogChange } from '../catalog.ts';
import { MAX_BATCH_CHANGES, MAX_BATCH_CHARACTERS } from '../write/batch-limits.ts';
import type { ReadChange } from './read-change.ts';

/** Collects changes and applies them in batches, one batch after the other. */
export class ChangeBatches {
  readonly #catalog: Pick<Catalog, 'apply'>;
  readonly #onRefused: (key: string) => void;
  #pending: CatalogChange[] = [];
  #pendingSize = 0;
  #last: Promise<void> = Promise.resolve();

  /** `onRefused` gets the keys of the changes that the database refuses. They are kept as unreadable. */
  constructor(catalog: Pick<Catalog, 'apply'>, onRefused: (key: string) => void) {
    this.#catalog = catalog;
    this.#onRefused = onRefused;
  }

  /**
   * Adds a change. If a batch is full, waits until the batch is applied.
   * @throws CatalogUnavailable
   */
  async add({ change, size }: ReadChange): Promise<void> {
    this.#pending.push(change);
    this.#pendingSize += size;
    if (this.#pending.length >= MAX_BATCH_CHANGES || this.#pendingSize >= MAX_BATCH_CHARACTERS) {
      await this.flush();
    }
  }

  /**
   * Applies the changes that were added.
   * @throws CatalogUnavailable
   */
  async flush(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingSize = 0;
    this.#last = this.#last.then(() => this.#apply(batch));
    await this.#last;
  }

  /** If the database refuses a batch, applies its halves, so that one bad change does not hold up the others. */
  async #apply(batch: readonly CatalogChange[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.#catalog.apply(batch);
    } catch (error) {
      if (error instanceof CatalogUnavailable) throw error;
      const [first] = batch;
      if (batch.length === 1 && first !== undefined) {
        // The database refuses even the version alone, so the fault is not the content's.
        if (first.kind === 'unreadable' || first.kind === 'removed') throw error;
        this.#onRefused(first.key);
        const { key, version } = first;
        const compared = 'replaces' in first ? { replaces: first.replaces } : {};
        await this.#catalog.apply([{ kind: 'unreadable', key, version, ...compared }]);
        return;
      }
      const half = Math.ceil(batch.length / 2);
      await this.#apply(batch.slice(0, half));
      await this.#apply(batch.slice(half));
    }
  }
}

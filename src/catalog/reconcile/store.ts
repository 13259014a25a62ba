/** How far a reconcile is, in clips. `total` is null while it is unknown. */
export interface ReconcileProgress {
  done: number;
  total: number | null;
}

/**
 * What a reconcile needs to know of the catalog's database besides `Catalog`. At most one reconcile runs at a time: each
 * is claimed in the name of an owner, and a claim that is not renewed for a minute is over. All times are the
 * database's.
 *
 * Every method throws CatalogUnavailable if the database does not answer.
 */
export interface ReconcileStore {
  /** Returns false if another reconcile runs. */
  claim(owner: string): Promise<boolean>;
  /** Reports progress and renews the claim. Returns false if the claim was lost. */
  report(owner: string, progress: ReconcileProgress): Promise<boolean>;
  /** Ends the claim. Returns false if the claim was lost. */
  finish(owner: string, end: { isComplete: boolean }): Promise<boolean>;
  /** Returns how long ago a reconcile was last complete, in milliseconds; null if none ever was. */
  readAgeMs(): Promise<number | null>;
  /** Asks for a reconcile that starts after this call. */
  request(): Promise<void>;
  /** True if a reconcile was requested, and none that started later was complete. */
  isRequested(): Promise<boolean>;
  /** Returns the folders, such as `messages/1/`, of the objects whose keys begin with `prefix`. */
  readFolders(prefix: string): Promise<string[]>;
}

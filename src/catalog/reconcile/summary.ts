/** What a complete reconcile did, in objects. */
export interface ReconcileSummary {
  listed: number;
  /** Objects that were new or changed. */
  read: number;
  /** Objects that are not what their key says. */
  unreadable: number;
  /** Objects that the catalog had, but the bucket no longer has. */
  removed: number;
}

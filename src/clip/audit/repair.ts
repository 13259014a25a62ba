/** What an audit asks of the workflow of a clip whose objects in the bucket are missing or damaged. */
export interface ClipRepair {
  /** Also make the thumbnail and the poster image again. The record is written again in any case. */
  pictures: boolean;
}

/**
 * A fault that an audit found, and told the clip's workflow of, or a clip that an audit started. The audit looks again
 * until the fault is repaired.
 */
export interface OpenFault {
  /** The `Id` of the clip. */
  clip: string;
  /**
   * - `record`: the record is missing or damaged
   * - `thumbnail`: the thumbnail or the poster image is missing
   * - `gone`: the clip's message does not show the clip
   * - `new`: the clip's workflow has just started, and its record is not proven yet. It does not count as repaired
   */
  fault: 'record' | 'thumbnail' | 'gone' | 'new';
}

import type { ClipRepair } from '../../clip/audit/repair.ts';

/** The latest execution of a clip's workflow. */
export interface ClipExecution {
  /**
   * `none` if Temporal knows no execution, because the clip was never started or because Temporal has forgotten the
   * execution. `failed` if the execution failed, timed out or was terminated.
   */
  status: 'none' | 'running' | 'deleted' | 'stopped' | 'failed';
  /** True if the execution has just started, so that its first record may not be written yet. */
  isNew: boolean;
}

/** The workflows of clips, by the `Id` of the clip. Methods throw the errors of Temporal. */
export interface ClipExecutions {
  describe(clipId: string): Promise<ClipExecution>;
  /** Tells a running workflow to write its record again, and to make its pictures again. */
  repair(clipId: string, repair: ClipRepair): Promise<void>;
  /** Tells a running workflow to fetch its message now. */
  checkNow(clipId: string): Promise<void>;
}

import type { Alarm } from './alarm.ts';
import type { Life } from './life.ts';

/** One run of a clip's workflow: the life it carries, and what happens at this moment. */
export interface ClipRun {
  readonly life: Life;
  readonly alarm: Alarm;
  /** The message or its attachment is known to be deleted. */
  gone: boolean;
  /** A fresh link is wanted before the alarm rings. */
  refreshWanted: boolean;
  refreshing: boolean;
  thumbnailRunning: boolean;
  /** Successful refreshes in this run. */
  refreshes: number;
}

import { Context } from '@temporalio/activity';
import { clipWorkflowId } from '../../clip/names.ts';
import type { Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { beginTombstone, deletePictures, finishTombstone } from './bury-clip.ts';
import { HEARTBEAT_INTERVAL_MS, type FoundClip } from './find-clips.ts';

/** How many clips are purged at the same time. */
const CONCURRENT_CLIPS = 8;

export interface BuryClipsInput {
  clips: FoundClip[];
}

type BuryPorts = Pick<Ports, 'bucket' | 'catalog' | 'executions' | 'tidyUserData' | 'settings'>;

/**
 * Purges clips: writes the tombstone, deletes the executions, then the pictures. The tombstone comes first, because no
 * write of a running workflow replaces it, and a workflow that starts meanwhile ends at its first write. Pictures that
 * are stored later are deleted by the activity that stores them (`storePictures`), or by `removeUserData`.
 *
 * The tombstone is unfinished until everything is gone and `tidyUserData` knows the people. If the workflow ends before
 * that, the next search finds the tombstone. Safe to repeat.
 *
 * Returns for how many milliseconds an activity of an execution may still write user data or pictures. Temporal does not
 * interrupt the activities of an execution that it deletes.
 */
export const createBuryClips =
  (ports: BuryPorts) =>
  ({ clips }: BuryClipsInput): Promise<number> =>
    withHeartbeat(HEARTBEAT_INTERVAL_MS, async () => {
      const { cancellationSignal } = Context.current();
      for (let at = 0; at < clips.length; at += CONCURRENT_CLIPS) {
        cancellationSignal.throwIfAborted();
        const batch = clips.slice(at, at + CONCURRENT_CLIPS);
        await buryTogether(ports, batch, cancellationSignal);
      }
      return ports.settings.settleMs;
    });

async function buryTogether(
  ports: BuryPorts,
  clips: readonly FoundClip[],
  signal: AbortSignal,
): Promise<void> {
  const { bucket, executions, tidyUserData } = ports;
  const people = await Promise.all(
    clips.map(async (clip) => {
      const concerned = await beginTombstone(ports, clip, clip.people);
      await executions.deleteAll(clipWorkflowId(clip), { signal });
      await deletePictures(bucket, clip);
      return concerned;
    }),
  );
  const concerned = [...new Set(people.flat())];
  if (concerned.length > 0) await tidyUserData(concerned);
  await Promise.all(clips.map((clip) => finishTombstone(ports, clip)));
}

import { cancellationSignal, heartbeat, log } from '@temporalio/activity';
import { clipId, clipSummary, type Clip } from '../../clip/clip.ts';
import { compareSnowflakes } from '../../clip/snowflake.ts';
import { isFailure, messageOf } from '../../errors.ts';
import type { Ports } from '../ports.ts';
import type { PageProgress } from './page-progress.ts';

/** How many messages are processed at the same time. */
const CONCURRENT_MESSAGES = 8;

type StartClip = (clip: Clip) => ReturnType<Ports['startClip']>;

/** Starts the clips that are not done according to `progress`, and sends the updated `progress` in heartbeats. */
export async function startClips(
  clips: readonly Clip[][],
  startClip: StartClip,
  progress: PageProgress,
): Promise<void> {
  const signal = cancellationSignal();
  heartbeat(structuredClone(progress));
  const remaining = clips.filter(
    ([first]) => first && compareSnowflakes(first.messageId, progress.through) > 0,
  );
  for (let at = 0; at < remaining.length; at += CONCURRENT_MESSAGES) {
    signal.throwIfAborted();
    const batch = remaining.slice(at, at + CONCURRENT_MESSAGES).flat();
    const starts = await Promise.allSettled(
      batch
        .filter((clip) => !progress.ahead.includes(clipId(clip)))
        .map(async (clip) => {
          await startOne(clip, startClip, progress);
          progress.ahead.push(clipId(clip));
        }),
    );
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) {
      progress.through = batch.at(-1)?.messageId ?? progress.through;
      progress.ahead = [];
    }
    heartbeat(structuredClone(progress));
    if (failed) throw failed.reason;
  }
}

/**
 * Starts a clip. A clip that Temporal refuses for good is only logged, because the clip must not hold up other clips.
 */
async function startOne(clip: Clip, startClip: StartClip, progress: PageProgress): Promise<void> {
  try {
    const outcome = await startClip(clip);
    progress[outcome] += 1;
    if (outcome === 'started') log.info(`found in the history: ${clipSummary(clip)}`);
  } catch (error) {
    if (!isFailure(error, 'InvalidInput')) throw error;
    log.error(`skipped a clip of message ${clip.messageId}: ${messageOf(error)}`);
  }
}

import {
  continueAsNew,
  patched,
  proxyActivities,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/create-activities.ts';
import { hashOfId } from '../../clip/forget/people.ts';
import type { ForgetScope } from '../../clip/forget/scope.ts';
import { isContinued } from '../inputs.ts';
import { parseForgetInput } from './input.ts';

/** What a workflow that forgets has done, in numbers only. */
export interface Receipt {
  /** How many clips were purged. */
  clips: number;
  /** How many people have no clip left, so that their user data were deleted. */
  people: number;
}

/** What the earlier runs of a workflow have done. */
export interface ForgetProgress extends Receipt {
  /** Hashes of the ids of user data that may be unused (`hashOfId`). */
  concerned: string[];
  /** Where the search goes on, as `findClips` returned it; null if the next search begins at the start. */
  after: string | null;
  /** How many clips the search has found so far. */
  foundInSearch: number;
  /** For how long user data and pictures may still be written, in milliseconds. */
  settleMs: number;
}

/** How many pages of `findClips` one run reads. A page and its purge can take 200 KB of the history. */
const PAGES_PER_RUN = 20;

/** If this many people are concerned, their user data are searched at once, because an input may take only 2 MB. */
const MAX_CONCERNED = 10_000;

/** How many clips one activity purges. A purge takes about half a second, most of which is Temporal's. */
const CLIPS_PER_ACTIVITY = 200;

/** The activities of the workflows that forget. */
export const forgetActivities = proxyActivities<
  Pick<
    Activities,
    'findClips' | 'buryClips' | 'removeUserData' | 'noteForgotten' | 'removeForgotten'
  >
>({
  // A search reads every record of the bucket, and 100,000 records take a few minutes.
  startToCloseTimeout: '6h',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5m' },
});

/** Purges one clip. @throws InvalidInput if the input is invalid */
export async function purgeClip(input: { clipId: string }): Promise<Receipt> {
  const clipId = parseForgetInput('purgeClip', 'clipId', input);
  return await forgetClips({ clipId }, begin());
}

/**
 * Purges all clips of a channel or thread. `progress` is from the previous run.
 * @throws InvalidInput if the input is invalid
 */
export async function purgeChannel(
  input: { channelId: string },
  progress?: ForgetProgress,
): Promise<Receipt> {
  const channelId = parseForgetInput('purgeChannel', 'channelId', input);
  return await forgetClips({ channelId }, carried(progress) ?? begin(), (later) =>
    continueAsNew<typeof purgeChannel>(input, later),
  );
}

/**
 * Purges all clips that a person posted, and makes sure that none is archived again. `progress` is from the previous
 * run.
 * @throws InvalidInput if the input is invalid
 */
export async function forgetUser(
  input: { userId: string },
  progress?: ForgetProgress,
): Promise<Receipt> {
  const userId = parseForgetInput('forgetUser', 'userId', input);
  const earlier = carried(progress);
  if (earlier === null) {
    const waitMs = await forgetActivities.noteForgotten({ userId });
    await sleep(waitMs, { summary: 'until every process knows that the person is forgotten' });
  }
  return await forgetClips({ userId }, earlier ?? begin([hashOfId(userId)]), (later) =>
    continueAsNew<typeof forgetUser>(input, later),
  );
}

/** The progress of a workflow that has done nothing. `people` are hashes of user data that may be unused. */
function begin(people: string[] = []): ForgetProgress {
  return { clips: 0, people: 0, concerned: people, after: null, foundInSearch: 0, settleMs: 0 };
}

/** Returns the progress of the previous run, or null in the first run, whose input a person typed. */
function carried(progress: ForgetProgress | undefined): ForgetProgress | null {
  return isContinued() ? (progress ?? null) : null;
}

/**
 * Takes `forgetUser` back: clips that the person posts from now on are archived. Clips that were purged stay purged.
 * @throws InvalidInput if the input is invalid
 */
export async function rememberUser(input: { userId: string }): Promise<void> {
  const userId = parseForgetInput('rememberUser', 'userId', input);
  await forgetActivities.removeForgotten({ userId });
}

/**
 * Searches and purges until a search of everything finds nothing, so the receipt is proof. `next` continues as new,
 * because each found clip is in the history. A search for one clip has only one page, so it needs no `next`.
 */
async function forgetClips(
  scope: ForgetScope,
  progress: ForgetProgress,
  next?: (progress: ForgetProgress) => Promise<never>,
): Promise<Receipt> {
  const concerned = new Set(progress.concerned);
  let { clips, people, after, foundInSearch, settleMs } = progress;
  for (let pages = 1; ; pages += 1) {
    const found = await forgetActivities.findClips({ ...scope, ...(after !== null && { after }) });
    for (const hash of found.people) concerned.add(hash);
    for (let at = 0; at < found.clips.length; at += CLIPS_PER_ACTIVITY) {
      const buried = { clips: found.clips.slice(at, at + CLIPS_PER_ACTIVITY) };
      settleMs = await forgetActivities.buryClips(buried);
    }
    clips += found.clips.length;
    foundInSearch += found.clips.length;
    setCurrentDetails(`${clips} clips purged`);
    // A clip named by its id is found again even if it is purged.
    if (scope.clipId !== undefined) break;
    if (found.isComplete && foundInSearch === 0) break;
    after = found.after ?? null;
    if (found.isComplete) foundInSearch = 0;
    if (concerned.size >= MAX_CONCERNED) people += await removeUnused();
    if (next && pages >= PAGES_PER_RUN) {
      await next({ clips, people, concerned: [...concerned], after, foundInSearch, settleMs });
    }
  }
  people += await removeUnused();
  return { clips, people };

  async function removeUnused(): Promise<number> {
    // A damaged record names nobody, but its clip may have pictures that are stored late.
    if (concerned.size === 0 && !(clips > 0 && patched('late-pictures-of-nobody'))) return 0;
    if (settleMs > 0)
      await sleep(settleMs, { summary: 'until nothing of the clips is being written' });
    const removed = await forgetActivities.removeUserData({ people: [...concerned] });
    concerned.clear();
    return removed;
  }
}

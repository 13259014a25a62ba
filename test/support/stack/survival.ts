import assert from 'node:assert/strict';
import { assertExactly, postClip, untilArchived, type PostedClip } from './clips.ts';
import type { Stack } from './stack.ts';
import { pause } from '../wait.ts';

export const CLIPS = 100;
const POST_EVERY_MS = 40;

/**
 * Posts 100 clips to an empty stack within some seconds and runs `fault` meanwhile. Returns the clips.
 *
 * Asserts that each clip is archived exactly once, without a storm of requests.
 */
export async function assertSurvives(
  stack: Stack<'clips'>,
  fault: () => Promise<void>,
): Promise<PostedClip[]> {
  let faultEnd: Promise<void> = Promise.resolve();
  const clips: PostedClip[] = [];
  for (let i = 0; i < CLIPS; i++) {
    clips.push(postClip(stack, { channelId: stack.channels.clips }));
    // After a quarter of the clips, some clips are archived and some are in progress.
    if (i === CLIPS / 4) {
      faultEnd = fault();
      faultEnd.catch(() => undefined);
    }
    await pause(POST_EVERY_MS);
  }
  await faultEnd;
  await untilArchived(stack, clips, 250_000);
  // Leaves time for a duplicate to appear.
  await pause(2000);
  await assertExactly(stack, clips);
  assertNoStorm(stack);
  return clips;
}

function assertNoStorm({ bucket, emulator }: Stack): void {
  const writes = (prefix: string) =>
    bucket.requests.filter(({ kind, key }) => kind === 'write' && key.startsWith(prefix)).length;
  const counts = {
    recordWrites: writes('messages/'),
    thumbnailWrites: writes('thumb/'),
    posterImageWrites: writes('poster/'),
    userDataWrites: writes('userData/'),
    bucketRequests: bucket.requests.length,
    cdnRequests: emulator.stats.requests(/^CDN/),
    historyPages: emulator.stats.requests('GET /channels/:id/messages'),
    otherRequests: emulator.stats.requests(/^GET (?!\/channels\/:id\/messages$)/),
    logins: emulator.stats.requests(/^GATEWAY/),
  };
  const limits: typeof counts = {
    // Each clip's record is written twice, without and with the thumbnail, and some writes are repeated.
    recordWrites: 2 * CLIPS + 60,
    thumbnailWrites: CLIPS + 20,
    posterImageWrites: CLIPS + 20,
    userDataWrites: 10,
    bucketRequests: 6 * CLIPS + 100,
    cdnRequests: CLIPS + 30,
    // At every login and every hour a sweep reads one page with messages and one empty page.
    historyPages: 12,
    otherRequests: 40,
    logins: 2,
  };
  for (const [name, count] of Object.entries(counts)) {
    const limit = limits[name as keyof typeof limits];
    assert.ok(count <= limit, `more than ${limit} ${name} in ${JSON.stringify(counts)}`);
  }
}

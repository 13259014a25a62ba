import assert from 'node:assert/strict';
import { assertExactly, postClip, untilArchived, type PostedClip } from './clips.ts';
import type { Stack } from './stack.ts';
import { pause } from '../wait.ts';

export const CLIPS = 100;
const EVERY_MS = 40;

/**
 * Posts 100 clips within some seconds, to a stack that has none yet, while `fault` happens to it; sees
 * all of them archived once, with no more requests than that takes. Returns the clips.
 */
export async function assertSurvives(
  stack: Stack<'clips'>,
  fault: () => Promise<void>,
): Promise<PostedClip[]> {
  let fateful: Promise<void> = Promise.resolve();
  const clips: PostedClip[] = [];
  for (let i = 0; i < CLIPS; i++) {
    clips.push(postClip(stack, { channelId: stack.channels.clips }));
    // Some of the first ones are done by then, some in the middle.
    if (i === CLIPS / 4) {
      fateful = fault();
      fateful.catch(() => undefined);
    }
    await pause(EVERY_MS);
  }
  await fateful;
  await untilArchived(stack, clips, 250_000);
  // Whatever would come twice gets the time to.
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
    userDataWrites: writes('userData/'),
    bucketRequests: bucket.requests.length,
    cdnRequests: emulator.stats.requests(/^CDN/),
    historyPages: emulator.stats.requests('GET /channels/:id/messages'),
    otherRequests: emulator.stats.requests(/^GET (?!\/channels\/:id\/messages$)/),
    logins: emulator.stats.requests(/^GATEWAY/),
  };
  const most: typeof counts = {
    // Each once as it comes and once with its thumbnail, and what had to be repeated.
    recordWrites: 2 * CLIPS + 60,
    thumbnailWrites: CLIPS + 20,
    userDataWrites: 10,
    bucketRequests: 5 * CLIPS + 100,
    cdnRequests: CLIPS + 30,
    // A sweep reads a page, and the empty one after it, at every login and every hour.
    historyPages: 12,
    otherRequests: 40,
    logins: 2,
  };
  for (const [name, count] of Object.entries(counts)) {
    assert.ok(count <= most[name as keyof typeof most], `${name} of ${JSON.stringify(counts)}`);
  }
}

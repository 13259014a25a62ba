/** The clips of recorded histories. The clips' ids, names and links are invented. */
import type { Activities } from '../../../src/activities/create-activities.ts';
import type { ThumbnailResult } from '../../../src/activities/thumbnail.ts';
import type { Clip } from '../../../src/clip/clip.ts';
import { snowflakeTimeMs } from '../../../src/clip/snowflake.ts';
import { aClip, fakeActivities } from '../fake-activities.ts';

export const CHANNEL = '1150000000000000001';
export const CHANNEL_NAME = 'clips';

let ids = 1_150_000_000_000_000_123n;
const nextId = (): string => (ids += 1n << 22n).toString();

export function aPostedClip(overrides: Partial<Clip> = {}): Clip {
  const messageId = nextId();
  return aClip({
    messageId,
    attachmentId: nextId(),
    channelId: CHANNEL,
    channelName: CHANNEL_NAME,
    guildId: '1150000000000000002',
    guildName: 'Clip club',
    poster: {
      ...{ id: '1150000000000000003', username: 'kestrel' },
      ...{ displayName: 'Kestrel', avatar: null },
    },
    postedAtMs: snowflakeTimeMs(messageId),
    description: 'five in a row',
    filename: 'ace.mp4',
    url: linkFor(86_400),
    ...overrides,
  });
}

/** A link without an expiry. */
export const ENDLESS_LINK = 'https://cdn.example/attachments/1/2/ace.mp4';

/** Returns a link that expires in `leaseSeconds`. */
export function linkFor(leaseSeconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const hex = (seconds: number) => seconds.toString(16);
  return `${ENDLESS_LINK}?ex=${hex(now + leaseSeconds)}&is=${hex(now)}&hm=00`;
}

export const THUMBNAIL: ThumbnailResult = {
  thumbnail: 'thumb/ace.webp',
  facts: { durationSeconds: 26.75, width: 1920, height: 1080 },
};

export type Answers = NonNullable<Parameters<typeof fakeActivities>[0]>;

/** Returns activities that succeed, except the activities that `answers` replaces. */
export function activitiesWith(answers: Answers): Partial<Activities> {
  const refetch: Answers['refetch'] = async (input) => ({
    url: linkFor(86_400),
    ...(await answers.refetch?.(input)),
  });
  return fakeActivities({ thumbnail: () => THUMBNAIL, ...answers, refetch }).activities;
}

import { activityInfo } from '@temporalio/activity';
import type { Activities } from '../../src/activities/create-activities.ts';
import type { PersistInput, PersistResult } from '../../src/activities/persist.ts';
import type { RefetchInput, RefetchResult } from '../../src/activities/refetch.ts';
import type {
  StoryboardInput,
  StoryboardResult,
} from '../../src/activities/pictures/storyboard.ts';
import type { ThumbnailInput, ThumbnailResult } from '../../src/activities/thumbnail.ts';
import type { Clip, Poster } from '../../src/clip/clip.ts';
import type { RecordState } from '../../src/clip/state.ts';

/** A clip whose link expires in `leaseSeconds`. */
export function aClip(options: { leaseSeconds?: number } & Partial<Clip> = {}): Clip {
  const { leaseSeconds = 86_400, ...rest } = options;
  return {
    messageId: nextId(),
    attachmentId: nextId(),
    channelId: '1196521684992000058',
    channelName: 'overtime',
    guildId: '442294389964800640',
    guildName: 'Clip Club',
    poster: { id: '356003082141696426', username: '_juno', displayName: 'Juno', avatar: null },
    postedAtMs: 1_709_287_200_125,
    description: 'what a round',
    filename: 'COMET.mp4',
    url: aLink(leaseSeconds),
    ...rest,
  };
}

let ids = 1_213_063_181_631_516_641n;
function nextId(): string {
  ids += 1n << 12n;
  return ids.toString();
}

/** A signed link that expires in `leaseSeconds`. */
export function aLink(leaseSeconds: number): string {
  const now = Math.floor(Date.now() / 1000);
  const hex = (seconds: number) => Math.floor(seconds).toString(16);
  return `https://cdn.example/attachments/1/2/COMET.mp4?ex=${hex(now + leaseSeconds)}&is=${hex(now)}&hm=00`;
}

/** One write of the record. */
export interface Write extends RecordState {
  by: 'persist' | 'refetch';
  local: boolean;
}

/**
 * Activities that record their calls. `answers` replaces their results. By default a link is valid for a day and
 * nothing fails.
 */
export function fakeActivities(
  answers: {
    persist?: (input: PersistInput) => Promise<Partial<PersistResult>> | Partial<PersistResult>;
    refetch?: (input: RefetchInput) => Promise<Partial<RefetchResult>> | Partial<RefetchResult>;
    thumbnail?: (input: ThumbnailInput) => Promise<ThumbnailResult> | ThumbnailResult;
    storyboard?: (input: StoryboardInput) => Promise<StoryboardResult> | StoryboardResult;
    saveUser?: (input: { poster: Poster }) => Promise<void> | void;
    cancelClip?: () => Promise<void> | void;
    deleteOwnExecution?: () => Promise<void> | void;
  } = {},
) {
  const writes: Write[] = [];
  const posters: Poster[] = [];
  const thumbnails: ThumbnailInput[] = [];
  const storyboards: StoryboardInput[] = [];
  let runningWrites = 0;
  let maxRunningWrites = 0;
  const inDays = (days: number) => Date.now() + days * 86_400_000;

  async function recordWrite<T>(write: Write, answer: () => T | Promise<T>): Promise<T> {
    runningWrites += 1;
    maxRunningWrites = Math.max(maxRunningWrites, runningWrites);
    try {
      const result = await answer();
      writes.push(write);
      return result;
    } finally {
      runningWrites -= 1;
    }
  }

  const activities: Partial<Activities> = {
    persist: (input) =>
      recordWrite({ ...input.state, by: 'persist', local: isLocal() }, async () => ({
        refreshAtMs: inDays(1),
        ...(await answers.persist?.(input)),
      })),
    refetch: (input) =>
      recordWrite(
        { ...input.state, clip: { ...input.state.clip, url: '' }, by: 'refetch', local: isLocal() },
        async () => ({
          url: aLink(86_400),
          refreshAtMs: inDays(1),
          ...(await answers.refetch?.(input)),
        }),
      ),
    thumbnail: async (input) => {
      thumbnails.push(input);
      return (
        (await answers.thumbnail?.(input)) ?? {
          thumbnail: `thumb/${input.messageId}-${input.attachmentId}.webp`,
          posterImage: `poster/${input.messageId}-${input.attachmentId}.jpg`,
          thumbnailHash: '9f2c51d08b7e43a6',
          posterImageHash: '04b1e7a95cd3286f',
          facts: { durationSeconds: 21.25, width: 1920, height: 1080 },
        }
      );
    },
    storyboard: async (input) => {
      storyboards.push(input);
      return (
        (await answers.storyboard?.(input)) ?? {
          storyboard: `storyboard/${input.messageId}-${input.attachmentId}.webp`,
          storyboardHash: 'c3d94a17e60b82f5',
          storyboardTimes: [1.5, 8, 16.25],
        }
      );
    },
    saveUser: async (input) => {
      await answers.saveUser?.(input);
      posters.push(input.poster);
    },
    cancelClip: async () => answers.cancelClip?.(),
    deleteOwnExecution: async () => answers.deleteOwnExecution?.(),
  };
  return {
    activities,
    writes,
    posters,
    thumbnails,
    storyboards,
    get mostWritesAtOnce() {
      return maxRunningWrites;
    },
  };
}

function isLocal(): boolean {
  return activityInfo().isLocal;
}

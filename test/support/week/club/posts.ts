import { AttachmentFlags } from 'discord-api-types/v10';
import type { NewFile, NewMessage } from '../../../../src/emulator/world/messages.ts';
import type { Dice } from '../dice.ts';
import type { Club, Place } from './club.ts';
import { randomComponents } from './components.ts';
import { newestVersion } from './ledger.ts';
import { randomText } from './texts.ts';
import type { Video } from './videos.ts';

type Post = Omit<NewMessage, 'channelId'>;

interface Desk {
  readonly dice: Dice;
  readonly club: Club;
  readonly place: Place;
}

const NO_VIDEO = Buffer.from('This is no video.');

/** The thumbhash of some picture, as Discord sends it with a video. */
const PLACEHOLDER = '1QcSHQRnh493V4dIh4eXh1h4kJUI';

/** Every form of message, with and without clips. */
const FORMS = {
  chatter: (desk: Desk) => byPerson(desk),
  picture: (desk: Desk) =>
    byPerson(desk, [{ filename: 'a.png', bytes: NO_VIDEO, contentType: 'image/png' }]),
  clip: (desk: Desk) => byPerson(desk, [videoFile(desk)]),
  clipWithoutText: (desk: Desk) => ({ ...byPerson(desk, [videoFile(desk)]), content: '' }),
  severalClips: (desk: Desk) =>
    byPerson(desk, [
      videoFile(desk, { filename: 'one' }),
      videoFile(desk, { filename: 'two' }),
      { filename: 'three.txt', bytes: NO_VIDEO },
    ]),
  sameNames: (desk: Desk) =>
    byPerson(desk, [videoFile(desk, { filename: 'ace' }), videoFile(desk, { filename: 'ace' })]),
  clipByType: (desk: Desk) => {
    const video = dicedVideo(desk);
    const { path, contentType } = video;
    return byPerson(desk, [{ path, filename: 'recording', contentType: `${contentType}; a=b` }]);
  },
  spoiler: (desk: Desk) =>
    byPerson(desk, [
      desk.dice.chance(0.5)
        ? videoFile(desk, { flags: AttachmentFlags.IsSpoiler })
        : videoFile(desk, { filename: 'SPOILER_ace' }),
    ]),
  titled: (desk: Desk) =>
    byPerson(desk, [videoFile(desk, { filename: 'クラッチ 1v5', altText: 'a "clutch"' })]),
  streamClip: (desk: Desk) =>
    byPerson(desk, [
      videoFile(desk, {
        clip: {
          createdAt: '2026-02-03T04:05:06.789Z',
          players: desk.club.people.slice(0, 2),
          ...(desk.dice.chance(0.7) && { game: 'Valorant' }),
        },
      }),
    ]),
  webhook: (desk: Desk) => {
    const webhook = desk.dice.pick(desk.club.personas);
    return { ...byPerson(desk, [videoFile(desk)]), authorId: webhook.id, webhook };
  },
  command: (desk: Desk) => ({
    ...byPerson(desk, [videoFile(desk)]),
    authorId: desk.club.clipBotId,
    commandBy: desk.dice.pick(desk.club.people),
  }),
  components: (desk: Desk) => {
    const files = [
      namedVideoFile(desk, 'first'),
      ...(desk.dice.chance(0.5) ? [namedVideoFile(desk, 'second')] : []),
    ];
    const { content, mentions } = randomText(desk.dice, desk.club, desk.place);
    const shown = files.map(({ filename, video: { size } }) => ({ filename, size }));
    return {
      authorId: desk.club.clipBotId,
      mentions,
      files: files.map(withoutVideo),
      components: randomComponents(desk.dice, content, shown),
    };
  },
  forward: (desk: Desk) => {
    const { dice, club } = desk;
    const originals = club.ledger.existing.filter((entry) => {
      const { attachments, components } = newestVersion(entry);
      return attachments.length > 0 || (components ?? []).length > 0;
    });
    if (originals.length === 0) return byPerson(desk, [videoFile(desk)]);
    const { channelId, messageId } = dice.pick(originals);
    return { authorId: dice.pick(club.people), forwardOf: { channelId, messageId } };
  },
  broken: (desk: Desk) =>
    byPerson(desk, [
      { filename: 'broken.mp4', bytes: NO_VIDEO, contentType: 'video/mp4', durationSeconds: 3 },
    ]),
  ofTheBot: (desk: Desk) => ({
    ...byPerson(desk, [videoFile(desk)]),
    authorId: desk.club.emulator.botId,
  }),
  threadThumbnail: (desk: Desk) =>
    byPerson(desk, [videoFile(desk, { flags: AttachmentFlags.IsThumbnail }), videoFile(desk)]),
} satisfies Record<string, (desk: Desk) => Post>;

export type Form = keyof typeof FORMS;

/** The forms of messages that have clips, and those that look as if they had clips. */
export const CLIP_FORMS = (Object.keys(FORMS) as Form[]).filter(
  (form) => form !== 'chatter' && form !== 'picture',
);

/** Returns a message of this form. */
export function createPost(form: Form, desk: Desk): Post {
  return FORMS[form](desk);
}

function byPerson({ dice, club, place }: Desk, files: readonly NewFile[] = []): Post {
  return { authorId: dice.pick(club.people), ...randomText(dice, club, place), files };
}

function dicedVideo({ dice, club }: Desk): Video {
  return dice.pick(club.videos);
}

/** Returns a file with a random video. `filename` is the name without its extension. */
function videoFile(
  desk: Desk,
  { filename = 'clip', ...more }: Partial<Omit<NewFile, 'path' | 'bytes'>> = {},
): NewFile {
  return { ...withoutVideo(namedVideoFile(desk, filename)), ...more };
}

function withoutVideo(file: NewFile & { video: Video }): NewFile {
  const { video: _, ...rest } = file;
  return rest;
}

function namedVideoFile(desk: Desk, filename: string): NewFile & { video: Video } {
  const { dice } = desk;
  const video = dicedVideo(desk);
  return {
    video,
    path: video.path,
    filename: `${filename}.${dice.chance(0.1) ? video.extension.toUpperCase() : video.extension}`,
    ...(dice.chance(0.8) && { contentType: video.contentType }),
    ...(dice.chance(0.5) && {
      width: video.width,
      height: video.height,
      durationSeconds: video.seconds,
    }),
    ...(dice.chance(0.3) && { placeholder: PLACEHOLDER }),
  };
}

import type { Club } from '../club/club.ts';
import type { Video } from '../club/videos.ts';
import type { Conditions, Span } from '../trouble/conditions.ts';
import { readableTexts, type ChannelNames } from './shown-text.ts';
import type { ShownClip, TrueClip } from './true-clips.ts';

/** The values that each field may have; `undefined` stands for a missing field. */
export type Expectation = Readonly<Record<string, readonly unknown[]>>;

/** Facts about the server that records depend on. */
export interface Surroundings {
  /** Names by id, without the names of threads. */
  readonly channelNames: ReadonlyMap<string, string>;
  /** The names of threads. */
  readonly threadNames: ReadonlyMap<string, string>;
  /**
   * The ids of threads that were archived, hidden or deleted at some time. A text that was read then shows the id instead
   * of the name.
   */
  readonly unsureThreads: ReadonlySet<string>;
  /** The ids of age-restricted channels, and of the threads in them. */
  readonly restricted: ReadonlySet<string>;
  readonly guildId: string;
  /** The video of each attachment; null if the file is not a video. */
  readonly videoOf: ReadonlyMap<string, Video | null>;
}

/** Describes the server as the emulator has it now. */
export function surroundingsOf(club: Club, conditions: Conditions): Surroundings {
  const { emulator, guildId, videoOf, threads, threadNames, restricted } = club;
  const everHidden = threads.filter(({ ownerId }) => conditions.wasHidden(ALWAYS, ownerId));
  const unsureThreads = new Set([
    ...[...everHidden, ...club.lostThreads].map(({ id }) => id),
    ...club.threadTurns.map(({ threadId }) => threadId),
  ]);
  const channels = emulator.channels.filter(({ id }) => !threadNames.has(id));
  const channelNames = new Map(channels.map(({ id, name }) => [id, name]));
  return { channelNames, threadNames, unsureThreads, restricted, guildId, videoOf };
}

/**
 * Returns what the clip's record must say. The link, the pictures, `Revision` and `Attempt` are not included.
 *
 * A clip that exists has exactly one expected value for each field, with three exceptions. If its message was edited into
 * components, the fields that only attachments have may be missing or have any value that the attachment had, because
 * docs/records.md says that it depends on whether the clip was found before that edit. For the same reason, if the file
 * can't be read, the size of the file and of the picture and the duration may have the value of any version: a component
 * says less of them than an attachment.
 *
 * If the text mentions another thread that was archived at some time, it may show the thread's name or its id.
 *
 * A clip that was deleted keeps what its workflow knew last. Whether the workflow learned of the last edits before the
 * deletion depends on the faults, so each field may have the value of any version.
 */
export function expectedRecord(clip: TrueClip, around: Surroundings): Expectation {
  const all = clip.versions.flatMap((version) => {
    const fields = fieldsOf(clip, version, around);
    // A clip that was deleted early may have nothing but what Discord said of the file.
    return clip.exists ? [fields] : [{ ...fields, ...factsOf(null, version.file) }, fields];
  });
  const newest = all.at(-1)!;
  const names = Object.keys(newest) as (keyof typeof newest)[];
  const isInComponents = clip.versions.at(-1)!.file.isInComponents;
  const isBroken = (around.videoOf.get(clip.attachmentId) ?? null) === null;
  const loose = [
    ...(isInComponents ? ['Title', 'Players', 'Game', 'Clipped_At'] : []),
    ...(isBroken ? ['Size', 'Runtime', 'Width', 'Height'] : []),
  ];
  const expected = Object.fromEntries(
    names.map((name) => {
      const isLoose = !clip.exists || loose.includes(name);
      return [name, isLoose ? all.map((fields) => fields[name]) : [newest[name]]];
    }),
  );
  const shown = clip.exists ? clip.versions.slice(-1) : clip.versions;
  const texts = shown.flatMap(({ message, part }) =>
    readableTexts(message, part, namesFor(clip, around)),
  );
  return { ...expected, Description: texts };
}

function namesFor({ channelId }: TrueClip, around: Surroundings): ChannelNames {
  const { channelNames, threadNames, unsureThreads } = around;
  const unsure = new Set([...unsureThreads].filter((id) => id !== channelId));
  return { names: new Map([...channelNames, ...threadNames]), unsure };
}

const ALWAYS: Span = { fromMs: 0, toMs: Infinity };

const EXTENSION = /\.(?:mp4|mov|webm|mkv|m4v)$/i;

function fieldsOf(clip: TrueClip, { message, file }: ShownClip, around: Surroundings) {
  const { messageId, channelId, exists } = clip;
  const { author } = message;
  const command = message.interaction_metadata?.user.id;
  const webhookId = command === undefined ? message.webhook_id : undefined;
  const video = around.videoOf.get(clip.attachmentId) ?? null;
  return {
    Id: clip.id,
    Discord_id: messageId,
    Poster: author.username,
    Poster_Id: author.id,
    Date: Date.parse(message.timestamp) / 1000,
    Link_to_message: `https://discord.com/channels/${around.guildId}/${channelId}/${messageId}`,
    Filename: file.filename.replace(EXTENSION, ''),
    channelId,
    guildId: around.guildId,
    Status: exists ? 'live' : 'deleted',
    Content_Type: file.contentType,
    Placeholder: file.placeholder,
    Title: file.title,
    Alt_Text: file.altText,
    Spoiler: file.isSpoiler || undefined,
    Nsfw: around.restricted.has(channelId) || undefined,
    Players: file.players?.map(({ id, username, global_name: name }) => ({
      Id: id,
      Name: username,
      Display_Name: name ?? username,
    })),
    Game: file.game,
    Clipped_At: file.clippedAt === undefined ? undefined : Date.parse(file.clippedAt) / 1000,
    Posted_By_Id: command,
    Webhook_Id: webhookId,
    ...factsOf(video, file),
  };
}

/** Returns the facts of the file if it could be read; otherwise what Discord says. */
function factsOf(video: Video | null, file: ShownClip['file']) {
  if (video === null) {
    return {
      Size: file.size,
      Runtime: file.seconds,
      Width: file.width,
      Height: file.height,
      Codec: undefined,
      Frame_Rate: undefined,
      Bit_Rate: undefined,
      Has_Audio: undefined,
    };
  }
  return {
    Size: video.size,
    Runtime: video.seconds,
    Width: video.width,
    Height: video.height,
    Codec: video.codec,
    Frame_Rate: video.frameRate,
    Bit_Rate: Math.round((video.size * 8) / video.seconds),
    Has_Audio: video.hasAudio,
  };
}

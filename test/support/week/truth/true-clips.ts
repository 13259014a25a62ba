import type { APIMessage } from 'discord-api-types/v10';
import type { Club } from '../club/club.ts';
import type { LedgerEntry, Version } from '../club/ledger.ts';
import { partsOfMessage, shownFiles, type Part, type ShownFile } from './shown-files.ts';

/** A version of a message that shows the clip. */
export interface ShownClip {
  readonly message: APIMessage;
  readonly part: Part;
  readonly file: ShownFile;
}

/** The event that first showed a clip. */
export interface News {
  /** True if an edit added the clip. False if the message was posted with the clip. */
  readonly isEdit: boolean;
  /** True if Discord told a listening ingest of the event. */
  readonly isHeard: boolean;
  /** True if the message was edited so shortly before that ingest may have held back this edit. */
  readonly isHeld: boolean;
}

/** A clip that must have a record, derived from what the emulator's messages show. */
export interface TrueClip {
  readonly id: string;
  readonly messageId: string;
  readonly attachmentId: string;
  readonly channelId: string;
  /** False if the message or the attachment was deleted. */
  readonly exists: boolean;
  /** Since when the message shows the clip, epoch milliseconds by the clock of the emulator. */
  readonly sinceMs: number;
  readonly news: News;
  /** How the message showed the clip after each edit, oldest first. */
  readonly versions: readonly ShownClip[];
}

/** Ingest holds back the edits of a message for half a minute after it has passed one on, which takes some seconds. */
const MAX_HOLD_MS = 45_000;

// https://docs.discord.com/developers/resources/message#attachment-object does not list types; these are those of videos.
const TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
  mkv: 'video/x-matroska',
  m4v: 'video/x-m4v',
};

/** Returns the clips of all messages that were ever posted. */
export function trueClips({ ledger, emulator }: Club): TrueClip[] {
  return ledger.entries.flatMap((entry) => clipsOfEntry(entry, emulator.botId));
}

function clipsOfEntry(entry: LedgerEntry, botId: string): TrueClip[] {
  const { messageId, channelId, versions, isDeleted } = entry;
  const shown = versions.map(({ message }) => clipsShown(message, botId));
  const ids = new Set(shown.flatMap((clips) => [...clips.keys()]));
  return [...ids].map((attachmentId) => {
    const first = shown.findIndex((clips) => clips.has(attachmentId));
    return {
      id: `${messageId}-${attachmentId}`,
      messageId,
      attachmentId,
      channelId,
      exists: !isDeleted && shown.at(-1)!.has(attachmentId),
      sinceMs: versions[first]!.sinceMs,
      news: describeNews(versions, first),
      versions: shown.flatMap((clips) => clips.get(attachmentId) ?? []),
    };
  });
}

function describeNews(versions: readonly Version[], index: number): News {
  const { sinceMs, isHeard } = versions[index]!;
  const earlierEdits = versions.slice(1, index);
  const isHeld = earlierEdits.some((edit) => edit.sinceMs > sinceMs - MAX_HOLD_MS);
  return { isEdit: index > 0, isHeard, isHeld };
}

function clipsShown(message: APIMessage, botId: string): Map<string, ShownClip> {
  const clips = new Map<string, ShownClip>();
  if (message.author.id === botId) return clips;
  for (const part of partsOfMessage(message)) {
    for (const file of shownFiles(part)) {
      if (isVideo(file)) clips.set(file.id, { message, part, file });
    }
  }
  return clips;
}

function isVideo({ filename, contentType, isThreadThumbnail }: ShownFile): boolean {
  if (isThreadThumbnail) return false;
  const extension = filename.includes('.') ? filename.split('.').at(-1)!.toLowerCase() : '';
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  return extension in TYPES || Object.values(TYPES).includes(type ?? '');
}

import type { APIMessage } from 'discord-api-types/v10';
import type { Club } from '../club/club.ts';
import type { LedgerEntry } from '../club/ledger.ts';
import { partsOfMessage, shownFiles, type Part, type ShownFile } from './shown-files.ts';

/** A version of a message that shows the clip. */
export interface ShownClip {
  readonly message: APIMessage;
  readonly part: Part;
  readonly file: ShownFile;
}

/** A clip that must have a record, derived from what the emulator's messages show. */
export interface TrueClip {
  readonly id: string;
  readonly messageId: string;
  readonly attachmentId: string;
  readonly channelId: string;
  /** False if the message or the attachment was deleted. */
  readonly exists: boolean;
  /** How the message showed the clip after each edit, oldest first. */
  readonly versions: readonly ShownClip[];
}

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
  const shown = versions.map((message) => clipsShown(message, botId));
  const ids = new Set(shown.flatMap((clips) => [...clips.keys()]));
  return [...ids].map((attachmentId) => ({
    id: `${messageId}-${attachmentId}`,
    messageId,
    attachmentId,
    channelId,
    exists: !isDeleted && shown.at(-1)!.has(attachmentId),
    versions: shown.flatMap((clips) => clips.get(attachmentId) ?? []),
  }));
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

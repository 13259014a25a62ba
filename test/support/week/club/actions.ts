import { AttachmentFlags, ChannelType, type APIMessage } from 'discord-api-types/v10';
import { pause } from '../../wait.ts';
import type { Dice } from '../dice.ts';
import { partsOfMessage, shownFiles, type ShownFile } from '../truth/shown-files.ts';
import type { Conditions } from '../trouble/conditions.ts';
import { isArchived, places, type Club, type Place } from './club.ts';
import { randomComponents, type ComponentFile } from './components.ts';
import { newestVersion, type LedgerEntry } from './ledger.ts';
import { createPost, type Form } from './posts.ts';
import { randomText } from './texts.ts';

export interface ActionContext {
  readonly club: Club;
  readonly dice: Dice;
  readonly conditions: Conditions;
  /**
   * True if nothing is deleted that ingest would not hear of. A clip that only a refresh finds deleted is fetched again a
   * minute later, which takes too long for a short test.
   */
  readonly isCareful: boolean;
}

const THREAD_NAMES = ['best of March', 'ace!', 'finals'] as const;
/** A careful week deletes only messages whose clips had this long to start, in milliseconds. */
const SETTLED_MS = 2000;
/** The most messages of one bulk deletion. */
const MAX_BULK = 12;

/** Posts a message of this form. */
export function post(
  { club, dice, conditions }: ActionContext,
  form: Form,
  { place = dice.pick(places(club)), timestamp }: { place?: Place; timestamp?: Date } = {},
): void {
  const { emulator, ledger, videoOf } = club;
  const isHistory = timestamp !== undefined;
  const input = createPost(form, { dice, club, place });
  if (place.isThread && !isHistory && isArchived(club, place.id)) {
    club.threadTurns.push({ threadId: place.id, atMs: Date.now() });
  }
  const message = emulator.postMessage({
    ...input,
    channelId: place.id,
    ...(isHistory && { timestamp, silent: true }),
  });
  ledger.add(message, !isHistory && conditions.hears(place));
  const [own] = partsOfMessage(message);
  for (const [index, file] of shownFiles(own!).entries()) {
    const source = input.files?.[index];
    const path = source && 'path' in source ? source.path : null;
    videoOf.set(file.id, club.videos.find((video) => video.path === path) ?? null);
  }
}

export function openThread({ club, dice }: ActionContext): Place {
  const { emulator, guildId, threads, threadNames, restricted } = club;
  const parent = dice.pick(club.parents);
  const type = dice.pick(parent.types);
  const isPrivate = type === ChannelType.PrivateThread;
  const { id, name } = emulator.addChannel({
    guildId,
    type,
    parentId: parent.id,
    name: dice.pick(THREAD_NAMES),
    ...(isPrivate && { hasBot: true }),
  });
  const thread = { id, name, ownerId: parent.id, isThread: true, isPrivate };
  threads.push(thread);
  threadNames.set(id, name);
  if (restricted.has(parent.id)) restricted.add(id);
  return thread;
}

export function archiveOrReviveThread({ club, dice }: ActionContext): void {
  const { emulator, threads, threadTurns } = club;
  if (threads.length === 0) return;
  const { id } = dice.pick(threads);
  threadTurns.push({ threadId: id, atMs: Date.now() });
  if (isArchived(club, id)) emulator.reviveThread(id);
  else emulator.archiveThread(id);
}

export function deleteThread(context: ActionContext): void {
  const { club, dice } = context;
  if (club.threads.length === 0) return;
  const thread = dice.pick(club.threads);
  const entries = club.ledger.existing.filter(({ channelId }) => channelId === thread.id);
  if (!entries.every((entry) => mayDelete(context, entry))) return;
  club.threads.splice(club.threads.indexOf(thread), 1);
  club.lostThreads.push({ ...thread, lostAtMs: Date.now() });
  club.emulator.removeChannel(thread.id);
  club.ledger.removeChannel(thread.id);
}

export function deleteMessage(context: ActionContext): void {
  const { club, dice } = context;
  const entries = club.ledger.existing.filter((entry) => mayDelete(context, entry));
  if (entries.length === 0) return;
  const { channelId, messageId } = pickInteresting(dice, entries);
  club.emulator.deleteMessage({ channelId, messageId });
  club.ledger.remove([messageId]);
}

export function deleteInBulk(context: ActionContext): void {
  const { club, dice } = context;
  const entries = club.ledger.existing.filter((entry) => mayDelete(context, entry));
  if (entries.length === 0) return;
  const { channelId } = dice.pick(entries);
  const ids = dice
    .shuffle(entries.filter((entry) => entry.channelId === channelId))
    .slice(0, dice.count(2, MAX_BULK))
    .map(({ messageId }) => messageId);
  club.emulator.bulkDelete(channelId, ids);
  club.ledger.remove(ids);
}

/** Edits a message: its text, what it says of an attachment, or whether components show its files. */
export function editMessage(context: ActionContext): void {
  const { club, dice, conditions } = context;
  const { emulator, ledger } = club;
  // Discord lets nobody edit a forward.
  const editable = ledger.existing.filter(
    (entry) => (newestVersion(entry).message_snapshots ?? []).length === 0,
  );
  if (editable.length === 0) return;
  const entry = pickInteresting(dice, editable);
  const place = places(club).find(({ id }) => id === entry.channelId)!;
  const edited = editEntry(context, entry);
  if (edited) ledger.change(edited, conditions.hears(place));

  function editEntry(context: ActionContext, entry: LedgerEntry): APIMessage | null {
    const { channelId, messageId } = entry;
    const key = { channelId, messageId };
    const message = newestVersion(entry);
    const files = shownFiles(message);
    const { content } = randomText(dice, club, place);
    const components = () => randomComponents(dice, content, withSizes(club, files));
    if (files.some(({ isInComponents }) => isInComponents)) {
      return emulator.editMessage({ ...key, components: dice.chance(0.5) ? null : components() });
    }
    const names = new Set(files.map(({ filename }) => filename));
    const kind = dice.pickWeighted({ text: 3, attachment: 3, components: 2, removal: 1 });
    // In a component, the thumbnail of a thread would be a clip, and after the next edit a thumbnail again. Everclip then
    // keeps the clip if it was seen, but nobody can tell from the messages alone whether it was.
    const mayBeShown =
      files.length > 0 && !files.some(({ isThreadThumbnail }) => isThreadThumbnail);
    if (kind === 'components' && mayBeShown && names.size === files.length) {
      return emulator.editMessage({ ...key, components: components() });
    }
    if (kind === 'attachment' && files.length > 0) {
      return emulator.editAttachment({
        ...key,
        attachmentId: dice.pick(files).id,
        ...(dice.chance(0.6) && { flags: dice.pick([NO_FLAGS, AttachmentFlags.IsSpoiler]) }),
        ...(dice.chance(0.4) && { altText: dice.pick(['five', 'six']) }),
        ...(dice.chance(0.3) && { title: dice.pick(['an ace', 'no scope']) }),
      });
    }
    // A message without text and files does not exist on Discord.
    const mayRemove = files.length > (message.content === '' ? 1 : 0);
    if (kind === 'removal' && mayRemove && mayDelete(context, entry)) {
      return emulator.removeAttachment({ ...key, attachmentId: dice.pick(files).id });
    }
    return emulator.editMessage({ ...key, content });
  }
}

/** Discord's typings name the single bits, but have no name for 0. */
const NO_FLAGS = 0 as never;

/** Picks a message. Most of the picked messages have files. */
function pickInteresting(dice: Dice, entries: readonly LedgerEntry[]): LedgerEntry {
  const withFiles = entries.filter(
    (entry) => partsOfMessage(newestVersion(entry)).flatMap(shownFiles).length > 0,
  );
  return dice.pick(dice.chance(0.8) && withFiles.length > 0 ? withFiles : entries);
}

/** Discord knows the size of each file, even if the message does not show it. */
function withSizes({ videoOf }: Club, files: readonly ShownFile[]): ComponentFile[] {
  return files.map(({ id, filename }) => {
    const size = videoOf.get(id)?.size;
    return { filename, ...(size !== undefined && { size }) };
  });
}

/** True if the message may be deleted; see `ActionContext.isCareful`. */
function mayDelete({ club, conditions, isCareful }: ActionContext, entry: LedgerEntry): boolean {
  if (!isCareful) return true;
  const place = places(club).find(({ id }) => id === entry.channelId);
  const isSettled =
    entry.versions[0]!.isHeard && entry.versions.at(-1)!.sinceMs < Date.now() - SETTLED_MS;
  return place !== undefined && isSettled && conditions.hears(place);
}

/** Waits for a random time of at most `maxMs`. */
export async function idle({ dice }: Pick<ActionContext, 'dice'>, maxMs: number): Promise<void> {
  await pause(dice.between(0, maxMs));
}

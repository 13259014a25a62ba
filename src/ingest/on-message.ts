import type { APIMessage } from 'discord-api-types/v10';
import { BoundedMap } from '../bounded-map.ts';
import type { Clip } from '../clip/clip.ts';
import { clipWorkflowId } from '../clip/names.ts';
import { hasText, isStripped } from '../clip/message/content.ts';
import { clipsOfMessage, hasClip, type ClipRules, type MessageContext } from '../clip/message.ts';
import {
  attachmentsOf,
  hasUnreadableAttachment,
  mayLackAttachments,
} from '../clip/message/files.ts';
import { invalidInput, isFailure, messageOf } from '../errors.ts';
import type { ClipWorkflows } from './clip-workflows.ts';
import type { EventWork } from './event-queue.ts';
import { readGuildId, readIds, type EventIds, type GatewayEvent } from './gateway-event.ts';
import type { WatchedChannels } from './watched-channels.ts';

export interface StrippedMessage {
  messageId: string;
  channelId: string;
  /** The guild that the event names; null if the event names none. */
  guildId: string | null;
}

export interface OnMessageOptions {
  channels: Pick<WatchedChannels, 'checkWatched' | 'findContext'>;
  clips: ClipWorkflows;
  clipRules: ClipRules;
  /**
   * Called for a message that arrived without its text and attachments. Only Discord's history can show
   * whether the message has clips.
   */
  onStripped: (message: StrippedMessage) => void;
  /** Called after the deletion of a message was forwarded to its clips. */
  onDeleted: (messageId: string) => void;
}

/**
 * Creates the function that turns a gateway event into work on clip workflows. Events that do not concern a clip in a
 * watched channel create no work. Most of these events are dropped without a request and without a look-up of names.
 * The function throws if an event does not have the form that Discord documents.
 */
export function createOnMessage({
  channels,
  clips,
  clipRules,
  onStripped,
  onDeleted,
}: OnMessageOptions): (event: GatewayEvent) => EventWork[] {
  const startWithoutText = createTextlessStart(clips);

  return (event) => {
    switch (event.t) {
      case 'MESSAGE_CREATE':
        readIds(event);
        return onCreate(event.d as APIMessage);
      case 'MESSAGE_UPDATE':
        readIds(event);
        return onUpdate(event.d as APIMessage);
      case 'MESSAGE_DELETE':
      case 'MESSAGE_DELETE_BULK':
        return onDelete(readIds(event), readGuildId(event.d));
      default:
        return [];
    }
  };

  function onCreate(message: APIMessage): EventWork[] {
    if (!hasAuthor(message)) return [];
    const { id: messageId, channel_id: channelId } = message;
    const guildId = readGuildId(message);
    if (isStripped(message) && channels.checkWatched(channelId, guildId) !== 'unwatched') {
      onStripped({ messageId, channelId, guildId });
    }
    if (!hasClip(message, clipRules)) return [];
    return workInContext(message, 'start the clips of a message', (context) =>
      forEach(readClips(message, context), async (clip) => {
        await clips.start(clip);
      }),
    );
  }

  function onUpdate(message: APIMessage): EventWork[] {
    if (!hasAuthor(message) || !mayConcernClips(message)) return [];
    return workInContext(message, 'forward an edit to the clips of a message', async (context) => {
      const current = readClips(message, context);
      // Include all attachments, because a clip still exists even if its type was removed from CLIP_TYPES.
      const kept = new Set(
        attachmentsOf(message).map(({ id }) =>
          clipWorkflowId({ messageId: message.id, attachmentId: id }),
        ),
      );
      // Only a fetch shows whether the missing attachments still exist.
      const isDoubtful =
        mayLackAttachments(message) || hasUnreadableAttachment(message, clipRules.mediaHosts);
      const running = await clips.findRunning(message.id);
      const missing = running.filter((workflowId) => !kept.has(workflowId));
      const take = hasText(message) ? clips.startOrEdit.bind(clips) : startWithoutText;
      const check = isDoubtful ? clips.requestRefresh.bind(clips) : clips.reportDeleted.bind(clips);
      const steps = [
        ...missing.map((workflowId) => () => check(workflowId)),
        ...current.map((clip) => () => take(clip)),
      ];
      await forEach(steps, (step) => step());
    });
  }

  /** @throws InvalidInput if the message does not have the form that Discord's types promise */
  function readClips(message: APIMessage, context: MessageContext): Clip[] {
    try {
      return clipsOfMessage(message, context, clipRules);
    } catch (error) {
      throw invalidInput(`the message cannot be read: ${messageOf(error)}`);
    }
  }

  /**
   * Creates separate work for each deleted message, so that each deletion waits only for earlier events of the same
   * message.
   */
  function onDelete({ messageIds, channelId }: EventIds, guildId: string | null): EventWork[] {
    const state = channels.checkWatched(channelId, guildId);
    if (state === 'unwatched') return [];
    const findRunning = clips.createBulkLookUp(messageIds);
    return messageIds.map((messageId) =>
      createWork(messageId, 'forward a deletion to the clips of a message', async () => {
        // If the channel was watched when the event arrived, handle the event even if the channel is deleted
        // in the meantime.
        if (state === 'unknown' && (await channels.findContext(channelId, guildId)) === null)
          return;
        await forEach(await findRunning(messageId), (workflowId) =>
          clips.reportDeleted(workflowId),
        );
        onDeleted(messageId);
      }),
    );
  }

  /** Creates the work for a message if the message's channel is watched or unknown. */
  function workInContext(
    message: APIMessage,
    what: string,
    run: (context: MessageContext) => Promise<void>,
  ): EventWork[] {
    const { id, channel_id: channelId } = message;
    const guildId = readGuildId(message);
    if (channels.checkWatched(channelId, guildId) === 'unwatched') return [];
    const work = createWork(id, what, async () => {
      const context = await channels.findContext(channelId, guildId);
      if (context !== null) await run(context);
    });
    return [work];
  }
}

/** The maximum number of clips whose start is remembered until it succeeds. Work that is dropped never succeeds. */
const MAX_UNFINISHED = 10_000;

/**
 * Creates the function that starts the clips of an update without a text. The function does not change the text of a
 * running clip. A new clip fetches its text from Discord. A failed attempt may have started the clip without making it
 * fetch its text. So after a failed attempt, the next call for the clip makes the running clip fetch its text.
 */
function createTextlessStart(clips: ClipWorkflows): (clip: Clip) => Promise<void> {
  const unfinished = new BoundedMap<string, true>(MAX_UNFINISHED);
  return async (clip) => {
    const workflowId = clipWorkflowId(clip);
    const isRepeated = unfinished.has(workflowId);
    unfinished.set(workflowId, true);
    const outcome = await clips.start(clip);
    if (outcome === 'started' || isRepeated) await clips.requestRefresh(workflowId);
    unfinished.delete(workflowId);
  };
}

/**
 * Calls `run` for every item, even if the call for an earlier item fails. Throws one failure if any call failed. A
 * failure other than InvalidInput is preferred, because the queue does not retry work that throws InvalidInput.
 */
async function forEach<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const item of items) await run(item).catch((error: unknown) => failures.push(error));
  const passing = failures.find((error) => !isFailure(error, 'InvalidInput'));
  if (failures.length > 0) throw passing ?? failures[0];
}

function createWork(messageId: string, what: string, run: () => Promise<void>): EventWork {
  return { key: messageId, what, ids: { message: messageId }, run };
}

/** Discord always sends an author. Malformed events are dropped, because retrying them could never succeed. */
function hasAuthor(message: Partial<APIMessage>): boolean {
  return Boolean(message.author);
}

/**
 * True if an update may have changed a clip. Discord also sends an update when it adds a link's preview, but such an
 * update is not an edit. Compatible servers omit the attachments from some updates, even if the message still has them.
 */
function mayConcernClips(message: APIMessage): boolean {
  if (!Array.isArray(message.attachments)) return false;
  return Boolean(message.edited_timestamp) || attachmentsOf(message).length > 0;
}

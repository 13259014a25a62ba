import type { APIMessage } from 'discord-api-types/v10';
import { clipWorkflowId } from '../clip/names.ts';
import {
  attachmentsOf,
  clipsOfMessage,
  hasClip,
  type ClipTypes,
  type MessageContext,
} from '../clip/message.ts';
import type { ClipWorkflows } from './clip-workflows.ts';
import type { EventWork } from './event-queue.ts';
import type { GatewayEvent } from './gateway-event.ts';
import type { WatchedChannels } from './watched-channels.ts';

export interface OnMessageOptions {
  channels: Pick<WatchedChannels, 'checkWatched' | 'findContext'>;
  clips: ClipWorkflows;
  clipTypes: ClipTypes;
}

/**
 * Creates the function that turns a gateway event into work on clip workflows. Events that do not concern a clip in a
 * watched channel create no work. Most of these events are dropped without a request and without a look-up of names.
 */
export function createOnMessage({
  channels,
  clips,
  clipTypes,
}: OnMessageOptions): (event: GatewayEvent) => EventWork[] {
  return ({ t, d }) => {
    switch (t) {
      case 'MESSAGE_CREATE':
        return onCreate(d as APIMessage);
      case 'MESSAGE_UPDATE':
        return onUpdate(d as APIMessage);
      case 'MESSAGE_DELETE': {
        const { id, channel_id } = d as { id: string; channel_id: string };
        return onDelete([id], channel_id);
      }
      case 'MESSAGE_DELETE_BULK': {
        const { ids, channel_id } = d as { ids: string[]; channel_id: string };
        return onDelete(ids, channel_id);
      }
      default:
        return [];
    }
  };

  function onCreate(message: APIMessage): EventWork[] {
    if (!hasAuthor(message) || !hasClip(message, clipTypes)) return [];
    return workInContext(message, 'start the clips of a message', async (context) => {
      for (const clip of clipsOfMessage(message, context, clipTypes)) await clips.start(clip);
    });
  }

  function onUpdate(message: APIMessage): EventWork[] {
    if (!hasAuthor(message) || !mayConcernClips(message)) return [];
    return workInContext(message, 'forward an edit to the clips of a message', async (context) => {
      const current = clipsOfMessage(message, context, clipTypes);
      // Include all attachments: a clip still exists even if its type was removed from CLIP_TYPES.
      const kept = new Set(
        attachmentsOf(message).map(({ id }) =>
          clipWorkflowId({ messageId: message.id, attachmentId: id }),
        ),
      );
      // A bot without the Message Content intent gets neither text nor attachments, as if both had been
      // removed. Only a fetch shows whether the clip still exists.
      const looksHidden = message.content === '' && kept.size === 0;
      for (const workflowId of await clips.findRunning(message.id)) {
        if (kept.has(workflowId)) continue;
        await (looksHidden ? clips.requestRefresh(workflowId) : clips.reportDeleted(workflowId));
      }
      for (const clip of current) await clips.startOrEdit(clip);
    });
  }

  /**
   * Creates separate work for each deleted message, so that each deletion waits only for earlier events of the same
   * message.
   */
  function onDelete(messageIds: readonly string[], channelId: string): EventWork[] {
    const state = channels.checkWatched(channelId);
    if (state === 'unwatched') return [];
    const findRunning = clips.createBulkLookUp(messageIds);
    return messageIds.map((messageId) =>
      createWork(messageId, 'forward a deletion to the clips of a message', async () => {
        // If the channel was watched when the event arrived, handle the event even if the channel is deleted
        // in the meantime.
        if (state === 'unknown' && (await channels.findContext(channelId)) === null) return;
        for (const workflowId of await findRunning(messageId)) {
          await clips.reportDeleted(workflowId);
        }
      }),
    );
  }

  /** Creates the work for a message if the message's channel is watched or unknown. */
  function workInContext(
    { id, channel_id: channelId }: APIMessage,
    what: string,
    run: (context: MessageContext) => Promise<void>,
  ): EventWork[] {
    if (channels.checkWatched(channelId) === 'unwatched') return [];
    const work = createWork(id, what, async () => {
      const context = await channels.findContext(channelId);
      if (context !== null) await run(context);
    });
    return [work];
  }
}

function createWork(messageId: string, what: string, run: () => Promise<void>): EventWork {
  return { key: messageId, what, ids: { message: messageId }, run };
}

/** Discord always sends an author. Malformed events are dropped: retrying them could never succeed. */
function hasAuthor(message: Partial<APIMessage>): boolean {
  return Boolean(message.author);
}

/**
 * True if an update may have changed a clip. Discord also sends an update when it adds a link's preview, but such an
 * update is not an edit. Compatible servers omit the attachments from some updates, even if the message still has them.
 */
function mayConcernClips(message: Partial<APIMessage>): boolean {
  if (!Array.isArray(message.attachments)) return false;
  return Boolean(message.edited_timestamp) || message.attachments.length > 0;
}

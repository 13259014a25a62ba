import type { APIMessage } from 'discord-api-types/v10';
import { clipWorkflowId } from '../clip/names.ts';
import { attachmentsOf, clipsOfMessage, type ClipTypes } from '../clip/message.ts';
import type { ClipWorkflows } from './clip-workflows.ts';
import type { EventWork } from './event-queue.ts';
import type { Places } from './watched-channels.ts';

/** A dispatch of the gateway, raw: discord.js drops some events of messages that it has not cached. */
export interface GatewayEvent {
  t: string | null;
  d: unknown;
}

/** Turns message events into work on clip workflows. */
export function createOnMessage({
  places,
  clips,
  clipTypes,
}: {
  places: Pick<Places, 'of'>;
  clips: ClipWorkflows;
  clipTypes: ClipTypes;
}): (event: GatewayEvent) => EventWork[] {
  return ({ t, d }) => {
    switch (t) {
      case 'MESSAGE_CREATE':
        // Nobody's message is none of Discord's: it would fail here, and be tried again for ever.
        if (!(d as Partial<APIMessage>).author) return [];
        return [
          workOf((d as APIMessage).id, 'start the clips of a message', () =>
            created(d as APIMessage),
          ),
        ];
      case 'MESSAGE_UPDATE':
        return mayConcernClips(d as Partial<APIMessage>)
          ? [workOf((d as APIMessage).id, 'pass on an edit', () => updated(d as APIMessage))]
          : [];
      case 'MESSAGE_DELETE':
        return [deleted((d as { id: string }).id)];
      case 'MESSAGE_DELETE_BULK':
        return (d as { ids: string[] }).ids.map(deleted);
      default:
        return [];
    }
  };

  async function created(message: APIMessage): Promise<void> {
    const place = await places.of(message.channel_id);
    if (place === null) return;
    for (const clip of clipsOfMessage(message, place, clipTypes)) await clips.start(clip);
  }

  async function updated(message: APIMessage): Promise<void> {
    const place = await places.of(message.channel_id);
    if (place === null) return;
    const now = clipsOfMessage(message, place, clipTypes);
    // All attachments: one whose type is no longer among ours is still there.
    const kept = new Set(
      attachmentsOf(message).map(({ id }) =>
        clipWorkflowId({ messageId: message.id, attachmentId: id }),
      ),
    );
    // Neither text nor attachments is what a bot without the content intent is told: a fetch knows better.
    const end = message.content === '' && kept.size === 0 ? 'doubt' : 'gone';
    for (const workflowId of await clips.ofMessage(message.id)) {
      if (!kept.has(workflowId)) await clips[end](workflowId);
    }
    for (const clip of now) await clips.startOrEdit(clip);
  }

  function deleted(messageId: string): EventWork {
    return workOf(messageId, 'pass on a deletion', async () => {
      for (const workflowId of await clips.ofMessage(messageId)) await clips.gone(workflowId);
    });
  }
}

const workOf = (messageId: string, what: string, run: () => Promise<void>): EventWork => ({
  key: messageId,
  what,
  ids: { message: messageId },
  run,
});

/**
 * Discord sends an update also when it has unfurled a link: that is no edit. Compatible servers leave
 * the attachments out of some updates, which doesn't mean that they are gone.
 */
const mayConcernClips = (message: Partial<APIMessage>): boolean =>
  Array.isArray(message.attachments) &&
  Boolean(message.author) &&
  (Boolean(message.edited_timestamp) || message.attachments.length > 0);

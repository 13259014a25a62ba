import type { APIAttachment, APIMessage, APIUser } from 'discord-api-types/v10';
import { readComponents } from './components.ts';
import { objectsOf } from '../values.ts';

/**
 * A message or the snapshot of a forwarded message. The fields are optional, because compatible servers omit some
 * fields that Discord always sends.
 */
export interface MessagePart {
  content?: string | null;
  mentions?: APIUser[] | null;
  attachments?: (APIAttachment | null)[] | null;
  components?: unknown;
}

/** Returns the message and the messages that it forwards. */
export function partsOf(message: APIMessage): MessagePart[] {
  const snapshots: readonly { message?: MessagePart | null }[] = objectsOf(
    message.message_snapshots,
  );
  return [message, ...snapshots.flatMap(({ message: part }) => part ?? [])];
}

/** Returns the text of one part of a message. Components V2 have text components instead of a content. */
export function textOf({ content, components }: MessagePart): string {
  const text = typeof content === 'string' ? content : '';
  return text || readComponents(components).texts.join('\n');
}

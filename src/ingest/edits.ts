import type { APIMessage } from 'discord-api-types/v10';
import { attachmentsOf, mayLackAttachments } from '../clip/message/files.ts';
import { isFailure } from '../errors.ts';
import type { EventQueue, EventWork } from './event-queue.ts';
import { readIds, type GatewayEvent } from './gateway-event.ts';

/**
 * After one edit of a message is passed on, the next edit of the message waits this long, in milliseconds. Without the
 * wait, an edit of a message with ten clips and 4,000 characters costs Temporal's database 116 KB
 * (docs/performance.md).
 */
export const EDIT_WINDOW_MS = 30_000;

/**
 * Queues the work for gateway events. If a message is edited again and again, the first edit is passed on at once.
 * After that, at most one edit is passed on per EDIT_WINDOW_MS, with the newest text. Added and removed attachments are
 * passed on at once.
 */
export interface Edits {
  handle(event: GatewayEvent): void;
  /**
   * Passes on the edits that are held back, because the process is about to end. If the process is killed, a clip gets
   * the new text only at its next refresh.
   */
  flush(): void;
}

export interface EditsOptions {
  queue: Pick<EventQueue, 'add'>;
  /** Returns the work for an event; empty if the event does not concern clips. */
  createWorks: (event: GatewayEvent) => EventWork[];
  windowMs?: number;
}

interface Entry {
  /** The newest edit that was not passed on; null if there is none. */
  held: APIMessage | null;
  /** The ids of the attachments in the newest edit. */
  attachments: string;
  /** The timer fires at the end of the window. The timer is null while an edit is in the queue. */
  timer: NodeJS.Timeout | null;
}

export function createEdits({
  queue,
  createWorks,
  windowMs = EDIT_WINDOW_MS,
}: EditsOptions): Edits {
  const entries = new Map<string, Entry>();
  let isFlushed = false;

  const workFor = (message: APIMessage): EventWork | undefined =>
    createWorks({ t: 'MESSAGE_UPDATE', d: message })[0];

  function takeEdit(message: APIMessage, work: EventWork): void {
    const attachments = idsOf(message);
    const entry = entries.get(message.id);
    if (entry === undefined) {
      const first: Entry = { held: null, attachments, timer: null };
      entries.set(message.id, first);
      passOn(first, message, work);
      return;
    }
    // An update without content must not replace the held text. Merged with the held text, such an update would look
    // like proof of a deletion.
    if (!mayLackAttachments(message)) entry.held = merge(entry.held, message);
    if (entry.attachments === attachments) return;
    entry.attachments = attachments;
    const change = workFor(withoutText(message));
    if (change) queue.add(change);
  }

  function passOn(entry: Entry, message: APIMessage, work: EventWork): void {
    let newest = message;
    let current: EventWork | undefined = work;
    entry.timer = null;
    queue.add({
      ...work,
      async run() {
        // The work may have waited while Temporal was unreachable. The newest edit includes the earlier ones.
        if (entry.held !== null) {
          newest = merge(newest, entry.held);
          current = workFor(newest);
        }
        entry.held = null;
        try {
          await current?.run();
        } catch (error) {
          // If the failure is InvalidInput, the queue skips this edit. After any other failure, the queue runs the edit
          // again.
          if (isFailure(error, 'InvalidInput')) openWindow(message.id, entry);
          throw error;
        }
        openWindow(message.id, entry);
      },
    });
  }

  function openWindow(messageId: string, entry: Entry): void {
    if (isFlushed) {
      endWindow(messageId, entry);
      return;
    }
    entry.timer = setTimeout(() => {
      endWindow(messageId, entry);
    }, windowMs);
    entry.timer.unref();
  }

  function endWindow(messageId: string, entry: Entry): void {
    const { held } = entry;
    entry.held = null;
    const work = held === null ? undefined : workFor(held);
    if (held === null || work === undefined) entries.delete(messageId);
    else passOn(entry, held, work);
  }

  function forget(messageIds: readonly string[]): void {
    for (const messageId of messageIds) {
      const entry = entries.get(messageId);
      if (entry) entry.held = null;
    }
  }

  return {
    handle(event) {
      const works = createWorks(event);
      const { t, d } = event;
      const [work] = works;
      if (t === 'MESSAGE_UPDATE') {
        if (work) takeEdit(d as APIMessage, work);
        return;
      }
      if (t === 'MESSAGE_DELETE' || t === 'MESSAGE_DELETE_BULK') forget(readIds(event).messageIds);
      for (const each of works) queue.add(each);
    },
    flush() {
      isFlushed = true;
      for (const [messageId, entry] of entries) {
        if (entry.timer === null) continue;
        clearTimeout(entry.timer);
        endWindow(messageId, entry);
      }
    },
  };
}

/** Returns the newer edit. Compatible servers leave an unchanged text out, so the held text stays. */
function merge(held: APIMessage | null, newer: APIMessage): APIMessage {
  return held !== null && !mayLackAttachments(held) && typeof newer.content !== 'string'
    ? { ...newer, content: held.content }
    : newer;
}

/**
 * Returns the edit without the text, so that the texts of running clips do not change. If no attachment is left, the
 * text stays in the edit, because the text proves that only the attachments were removed.
 */
function withoutText(message: APIMessage): APIMessage {
  if (idsOf(message) === '') return message;
  const { content: _, ...rest } = message;
  return rest as APIMessage;
}

function idsOf(message: APIMessage): string {
  return attachmentsOf(message)
    .map(({ id }) => id)
    .sort()
    .join(' ');
}

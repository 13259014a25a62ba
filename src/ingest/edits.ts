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

/**
 * What is known of an edited message. Work in the queue reads the entry when the work runs, not when the work is queued,
 * because an older update would end the clips that a newer update has added.
 */
interface Entry {
  /** The work for the last update. Its `run` is never called. */
  work: EventWork;
  /** The newest update that proves which attachments the message has, with the newest text; null if there is none. */
  newest: APIMessage | null;
  /** True if the text of `newest` was not passed on. */
  isTextHeld: boolean;
  /**
   * The latest update that does not prove which attachments the message has; null if there is none. Set only if this
   * update is newer than `newest` and was not passed on.
   */
  doubtful: APIMessage | null;
  /** The ids of the attachments in the last update; null if the last update does not prove them. */
  attachments: string | null;
  /**
   * The ids of the attachments in the last update that was passed on to the clips. Null if the last attempt to pass on
   * an update did not finish.
   */
  passedOn: string | null;
  /** The timer fires when the next edit may be passed on. The timer is null while an edit is in the queue. */
  timer: NodeJS.Timeout | null;
  isDeleted: boolean;
}

export function createEdits({
  queue,
  createWorks,
  windowMs = EDIT_WINDOW_MS,
}: EditsOptions): Edits {
  const entries = new Map<string, Entry>();
  let isFlushed = false;

  function takeEdit(message: APIMessage, work: EventWork): void {
    const known = entries.get(message.id);
    const entry = known ?? createEntry(work);
    entries.set(message.id, entry);
    entry.work = work;
    // An update that proves nothing must not replace the held text. Merged with the held text, such an update would
    // look like proof of a deletion.
    const isDoubtful = mayLackAttachments(message);
    const attachments = isDoubtful ? null : idsOf(message);
    const isChanged = known?.attachments !== attachments;
    entry.attachments = attachments;
    if (!isDoubtful) {
      entry.newest = entry.isTextHeld ? merge(entry.newest, message) : message;
      entry.isTextHeld = true;
      entry.doubtful = null;
    } else {
      entry.doubtful = message;
    }
    if (isChanged) addWork(entry, { withText: known === undefined });
  }

  /** Queues an edit, or only the change of the attachments. */
  function addWork(entry: Entry, { withText }: { withText: boolean }): void {
    queue.add({
      ...entry.work,
      async run() {
        if (entry.isDeleted) return;
        try {
          await passOn(entry, withText);
        } catch (error) {
          // If the failure is InvalidInput, the queue skips this work. After any other failure, the queue runs the work
          // again.
          if (withText && isFailure(error, 'InvalidInput')) openWindow(entry);
          throw error;
        }
        if (withText) openWindow(entry);
      },
    });
  }

  async function passOn(entry: Entry, withText: boolean): Promise<void> {
    const { newest, doubtful } = entry;
    if (newest !== null) await passOnNewest(entry, newest, withText && entry.isTextHeld);
    if (doubtful === null || entry.doubtful !== doubtful) return;
    await runUpdate(doubtful);
    if (entry.doubtful === doubtful) entry.doubtful = null;
  }

  async function passOnNewest(entry: Entry, newest: APIMessage, withText: boolean): Promise<void> {
    if (!withText && entry.passedOn === idsOf(newest)) return;
    // A failed attempt may have started or ended some of the clips.
    entry.passedOn = null;
    const endText = (): void => {
      if (withText && entry.newest === newest) entry.isTextHeld = false;
    };
    try {
      await runUpdate(withText ? newest : withoutText(newest));
    } catch (error) {
      if (isFailure(error, 'InvalidInput')) endText();
      throw error;
    }
    endText();
    entry.passedOn = idsOf(newest);
  }

  async function runUpdate(message: APIMessage): Promise<void> {
    const [work] = createWorks({ t: 'MESSAGE_UPDATE', d: message });
    await work?.run();
  }

  function openWindow(entry: Entry): void {
    if (entry.isDeleted) return;
    if (isFlushed) {
      endWindow(entry);
      return;
    }
    entry.timer = setTimeout(() => {
      endWindow(entry);
    }, windowMs);
    entry.timer.unref();
  }

  function endWindow(entry: Entry): void {
    entry.timer = null;
    if (entry.isTextHeld || entry.doubtful !== null) addWork(entry, { withText: true });
    else entries.delete(entry.work.key);
  }

  /** Drops the edits of deleted messages, also the edits that wait in the queue. */
  function forget(messageIds: readonly string[]): void {
    for (const messageId of messageIds) {
      const entry = entries.get(messageId);
      if (entry === undefined) continue;
      entry.isDeleted = true;
      if (entry.timer !== null) clearTimeout(entry.timer);
      entries.delete(messageId);
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
      for (const entry of entries.values()) {
        if (entry.timer === null) continue;
        clearTimeout(entry.timer);
        endWindow(entry);
      }
    },
  };
}

function createEntry(work: EventWork): Entry {
  return {
    work,
    newest: null,
    isTextHeld: false,
    doubtful: null,
    attachments: null,
    passedOn: null,
    timer: null,
    isDeleted: false,
  };
}

/**
 * Returns the newer edit. If the newer edit has no text, adds the held text, because compatible servers leave out a
 * text that has not changed.
 */
function merge(held: APIMessage | null, newer: APIMessage): APIMessage {
  return held !== null && typeof newer.content !== 'string'
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

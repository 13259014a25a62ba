import type { Place } from '../club/club.ts';

/** What keeps ingest from hearing of messages at the moment. */
export class Conditions {
  /** True while ingest does not run, or its session was lost and it has not begun a new one. */
  isDeaf = false;
  /** True while Discord leaves out the content of messages. */
  isStripped = false;
  /** True while the Message Content intent is off. Discord then refuses each new session. */
  isIntentOff = false;
  /** The channels in which the bot lacks a permission. */
  readonly hidden = new Set<string>();

  /** True if ingest gets the events of a place with their content, at once or after a RESUME. */
  hears({ ownerId }: Place): boolean {
    return !this.isDeaf && !this.isStripped && !this.hidden.has(ownerId);
  }
}

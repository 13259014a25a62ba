import type { Snowflake } from 'discord-api-types/v10';

import type { Message } from './model.ts';
import { lowerBound } from './state.ts';

export interface PageRequest {
  readonly limit: number;
  readonly before?: Snowflake;
  readonly after?: Snowflake;
  readonly around?: Snowflake;
}

/**
 * A page of history, newest first. `before` and `after` exclude the message that they name, which
 * need not exist, and give those closest to it: a page `after` an id starts at the first message
 * that is newer (Discord's documentation, "Get Channel Messages"). `around` puts the named message
 * in the middle.
 * @param messages a channel's, oldest first
 */
export function page(messages: readonly Message[], request: PageRequest): Message[] {
  const { limit, before, after, around } = request;
  let from = messages.length - limit;
  let to = messages.length;
  if (around !== undefined) {
    from = lowerBound(messages, around) - Math.floor(limit / 2);
    to = from + limit;
  } else if (before !== undefined) {
    to = lowerBound(messages, before);
    from = to - limit;
  } else if (after !== undefined) {
    const named = lowerBound(messages, after);
    from = messages[named]?.id === after ? named + 1 : named;
    to = from + limit;
  }
  return messages.slice(Math.max(0, from), Math.max(0, to)).reverse();
}

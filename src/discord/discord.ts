import { Routes, type APIMessage } from 'discord-api-types/v10';
import type { DiscordPort } from '../activities/ports.ts';
import { attachmentsOf, type MessageContext } from '../clip/message.ts';
import { serviceFailed } from '../errors.ts';
import { hasMessageContentIntent, MISSING_INTENT } from './intent.ts';
import { readableChannel } from './readable-channel.ts';
import { createGet, type DiscordOptions } from './rest-client.ts';

/** Names and rights of a channel are looked up again after this. */
const PLACE_KEPT_MS = 10 * 60 * 1000;

/** A page of history with empty messages (nearly every page has some) asks about the intent this seldom. */
const INTENT_BELIEVED_MS = 60 * 1000;

/** Discord over REST. */
export function createDiscord(options: DiscordOptions): DiscordPort {
  const get = createGet(options);
  const places = new Map<string, { place: MessageContext; untilMs: number }>();
  let intentSeenMs = -Infinity;

  /** Without the intent every message looks as if its text and attachments had been deleted. */
  async function checkIntent(route: string): Promise<void> {
    if (!(await hasMessageContentIntent(get))) throw serviceFailed(MISSING_INTENT, { route });
    intentSeenMs = Date.now();
  }

  return {
    async fetchMessage(channelId, messageId) {
      const path = Routes.channelMessage(channelId, messageId);
      const message = await get<APIMessage>(path, { channelId });
      const route = `GET ${path}`;
      if (message.id !== messageId) throw serviceFailed('what answers is no Discord', { route });
      if (looksEmpty(message)) await checkIntent(route);
      return message;
    },

    async fetchHistory(channelId, { limit, ...cursor }) {
      const path = Routes.channelMessages(channelId);
      const query = { limit: String(limit), ...cursor };
      const page = await get<APIMessage[]>(path, { channelId, query });
      const route = `GET ${path}`;
      if (!Array.isArray(page)) throw serviceFailed('what answers is no Discord', { route });
      const isBelieved = Date.now() - intentSeenMs < INTENT_BELIEVED_MS;
      if (!isBelieved && page.some(looksEmpty)) await checkIntent(route);
      return page;
    },

    async readableChannel(channelId, { fresh = false } = {}) {
      const known = fresh ? undefined : places.get(channelId);
      if (known && known.untilMs > Date.now()) return known.place;
      places.delete(channelId);
      const place = await readableChannel(get, channelId);
      places.set(channelId, { place, untilMs: Date.now() + PLACE_KEPT_MS });
      return place;
    },
  };
}

const looksEmpty = (message: APIMessage): boolean =>
  message.content === '' && attachmentsOf(message).length === 0;

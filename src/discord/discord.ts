import { Routes, type APIMessage } from 'discord-api-types/v10';
import type { DiscordPort } from '../activities/ports.ts';
import { attachmentsOf, type MessagePlace } from '../clip/from-message.ts';
import { serviceFailed } from '../errors.ts';
import { hasMessageContentIntent, MISSING_INTENT } from './intent.ts';
import { readableChannel } from './readable-channel.ts';
import { createGet, type DiscordOptions } from './rest-client.ts';

/** Names and rights of a channel are looked up again after this. */
const PLACE_KEPT_MS = 10 * 60 * 1000;

/** Discord over REST. */
export function createDiscord(options: DiscordOptions): DiscordPort {
  const get = createGet(options);
  const places = new Map<string, { place: MessagePlace; untilMs: number }>();
  return {
    async fetchMessage(channelId, messageId) {
      const path = Routes.channelMessage(channelId, messageId);
      const message = await get<APIMessage>(path, { channelId });
      // Without the intent every message looks as if its attachments had been deleted.
      const looksEmpty = attachmentsOf(message).length === 0 && message.content === '';
      if (looksEmpty && !(await hasMessageContentIntent(get))) {
        throw serviceFailed(MISSING_INTENT, { route: `GET ${path}` });
      }
      return message;
    },

    async fetchHistory(channelId, { limit, ...cursor }) {
      const query = { limit: String(limit), ...cursor };
      return await get<APIMessage[]>(Routes.channelMessages(channelId), { channelId, query });
    },

    async readableChannel(channelId) {
      const known = places.get(channelId);
      if (known && known.untilMs > Date.now()) return known.place;
      const place = await readableChannel(get, channelId);
      places.set(channelId, { place, untilMs: Date.now() + PLACE_KEPT_MS });
      return place;
    },
  };
}

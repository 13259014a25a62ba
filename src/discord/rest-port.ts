import { Routes, type APIMessage } from 'discord-api-types/v10';
import type { DiscordPort } from '../activities/ports.ts';
import { attachmentsOf, type MessageContext } from '../clip/message.ts';
import { serviceFailed } from '../errors.ts';
import { lookUpChannel } from './channels.ts';
import { hasMessageContentIntent, MISSING_INTENT } from './intent.ts';
import { createGet, NOT_DISCORD, type DiscordOptions } from './rest-client.ts';

/** How long a channel's names and permissions are cached, in milliseconds. */
const CHANNEL_KEPT_MS = 10 * 60 * 1000;

/**
 * How long the state of the Message Content intent is cached, in milliseconds. Nearly every page of a history
 * has empty messages, and without the cache each page would need another request.
 */
const INTENT_KEPT_MS = 60 * 1000;

/** Creates the activities' port to Discord's REST API. */
export function createRestPort(options: DiscordOptions): DiscordPort {
  const get = createGet(options);
  const readable = new Map<string, { context: MessageContext; untilMs: number }>();
  let intentSeenMs = -Infinity;

  /**
   * Checks that the bot has the intent. Without the intent, every message looks as if its text and attachments had been
   * removed.
   */
  async function checkIntent(route: string): Promise<void> {
    if (!(await hasMessageContentIntent(get))) throw serviceFailed(MISSING_INTENT, { route });
    intentSeenMs = Date.now();
  }

  return {
    async fetchMessage(channelId, messageId) {
      const path = Routes.channelMessage(channelId, messageId);
      const route = `GET ${path}`;
      const message = await get<APIMessage>(path, { channelId });
      if (message.id !== messageId) throw serviceFailed(NOT_DISCORD, { route });
      if (looksEmpty(message)) await checkIntent(route);
      return message;
    },

    async fetchHistory(channelId, { limit, ...cursor }) {
      const path = Routes.channelMessages(channelId);
      const route = `GET ${path}`;
      const query = { limit: String(limit), ...cursor };
      const page = await get<APIMessage[]>(path, { channelId, query });
      if (!Array.isArray(page)) throw serviceFailed(NOT_DISCORD, { route });
      const isTrusted = Date.now() - intentSeenMs < INTENT_KEPT_MS;
      if (!isTrusted && page.some(looksEmpty)) await checkIntent(route);
      return page;
    },

    async readableChannel(channelId, { fresh = false } = {}) {
      const kept = fresh ? undefined : readable.get(channelId);
      if (kept && kept.untilMs > Date.now()) return kept.context;
      readable.delete(channelId);
      const context = await lookUpChannel(get, channelId);
      readable.set(channelId, { context, untilMs: Date.now() + CHANNEL_KEPT_MS });
      return context;
    },
  };
}

function looksEmpty(message: APIMessage): boolean {
  return message.content === '' && attachmentsOf(message).length === 0;
}

/**
 * A gateway event as Discord sends it. Ingest reads raw events, because discord.js drops events about
 * messages and channels that are not in its cache.
 */
export interface GatewayEvent {
  /** The type, such as `MESSAGE_CREATE`. */
  t: string | null;
  d: unknown;
}

const CHANNEL_EVENTS =
  /^(CHANNEL|THREAD|GUILD|GUILD_ROLE|GUILD_MEMBER)_(CREATE|UPDATE|DELETE|LIST_SYNC)$/;

/** True if this event may change which channels the bot can see or read. */
export function mayChangeChannels({ t }: GatewayEvent): boolean {
  return t !== null && CHANNEL_EVENTS.test(t);
}

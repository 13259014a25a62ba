import type { Snowflake } from 'discord-api-types/v10';

import type { Channel, Guild, Message } from './model.ts';

/** What the gateway tells about. */
export type WorldEvent =
  | { readonly type: 'guildCreate'; readonly guild: Guild }
  | {
      readonly type: 'channelCreate' | 'channelUpdate' | 'channelDelete';
      readonly channel: Channel;
    }
  | { readonly type: 'messageCreate' | 'messageUpdate'; readonly message: Message }
  | { readonly type: 'messageDelete'; readonly channelId: Snowflake; readonly id: Snowflake }
  | {
      readonly type: 'messageDeleteBulk';
      readonly channelId: Snowflake;
      readonly ids: Snowflake[];
    };

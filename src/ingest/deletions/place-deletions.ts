import * as v from 'valibot';
import { ChannelType } from 'discord-api-types/v10';
import { check, objectOf, optionalOf, snowflakeSchema } from '../../clip/schemas/basics.ts';
import type { DeletedPlace } from '../../clip/schemas/deleted-place.ts';
import { deletionWorkflowId } from '../../clip/names.ts';
import { invalidInput } from '../../errors.ts';
import type { EventWork } from '../event-queue.ts';
import type { GatewayEvent } from '../gateway-event.ts';
import type { WatchedChannels } from '../watched-channels.ts';

interface PlaceDeletionParts {
  channels: Pick<WatchedChannels, 'isPlaceAllowed' | 'isGuildAllowed'>;
  /** Starts the workflow that tells the clips of the place. Must be safe to repeat. */
  reportDeletion: (place: DeletedPlace) => Promise<void>;
}

const channelSchema = objectOf({
  id: snowflakeSchema,
  guild_id: optionalOf(snowflakeSchema),
  parent_id: optionalOf(snowflakeSchema),
  type: optionalOf(v.number()),
});

const guildSchema = objectOf({ id: snowflakeSchema, unavailable: v.optional(v.unknown()) });

/**
 * Creates the function that turns the deletion of a channel, thread or guild into work, also the removal of the bot from
 * a guild. Places that the settings do not allow create no work. The function throws InvalidInput if an event does not
 * have the form that Discord documents.
 */
export function createOnPlaceDeletion({
  channels,
  reportDeletion,
}: PlaceDeletionParts): (event: GatewayEvent) => EventWork[] {
  return ({ t, d }) => {
    if (t === 'CHANNEL_DELETE' || t === 'THREAD_DELETE') return onChannel(t, d);
    return t === 'GUILD_DELETE' ? onGuild(d) : [];
  };

  function onChannel(event: 'CHANNEL_DELETE' | 'THREAD_DELETE', data: unknown): EventWork[] {
    const { value: channel, fault } = check(channelSchema, data);
    if (channel === null) throw invalidInput(fault);
    // The channels of a deleted category stay.
    if (channel.type === ChannelType.GuildCategory) return [];
    const { id, guild_id: guildId = null, parent_id: parent = null } = channel;
    const isThread = event === 'THREAD_DELETE';
    // The cache no longer has an archived thread, so the event must say what the thread was in.
    const parentId = isThread ? parent : null;
    const categoryId = isThread ? null : parent;
    if (!channels.isPlaceAllowed({ id, guildId, parentId, categoryId })) return [];
    const mayHaveThreads = !isThread && !isVoice(channel.type);
    return [createWork(id, { channelId: id, mayHaveThreads })];
  }

  function onGuild(data: unknown): EventWork[] {
    const { value: guild, fault } = check(guildSchema, data);
    if (guild === null) throw invalidInput(fault);
    // During an outage, Discord sends the same event with `unavailable`:
    // https://docs.discord.com/developers/events/gateway-events#guild-delete
    if (Boolean(guild.unavailable) || !channels.isGuildAllowed(guild.id)) return [];
    return [createWork(guild.id, { guildId: guild.id })];
  }

  function createWork(id: string, place: DeletedPlace): EventWork {
    return {
      key: deletionWorkflowId(id),
      what: 'report a deletion to its clips',
      ids: { place: id },
      run: () => reportDeletion(place),
    };
  }
}

/** Voice and stage channels have no threads. Some servers create and delete hundreds of them a day. */
function isVoice(type: number | undefined): boolean {
  return type === ChannelType.GuildVoice || type === ChannelType.GuildStageVoice;
}

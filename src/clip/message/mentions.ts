import type { APIUser } from 'discord-api-types/v10';
import { isSnowflake } from '../snowflake.ts';

/**
 * Looks up the names of channels and roles, which a message's text mentions by id. Each function returns null if the id
 * is unknown. Names are passed as functions, so that a text without mentions costs no look-up.
 */
export interface Names {
  findChannelName?: (id: string) => string | null;
  findRoleName?: (id: string) => string | null;
}

/** The channel of a message, and the names that the message's server knows. */
export interface NamesOfChannel extends Names {
  channelId: string;
  channelName: string;
}

/**
 * Returns the names that a message can mention, among them the name of the message's own channel. A thread can mention
 * itself, but Discord's list of a server's channels has no threads:
 * https://docs.discord.com/developers/resources/guild#get-guild-channels
 */
export function namesIn(channel: NamesOfChannel): Names {
  // Each look-up reads the context only when a text mentions something.
  return {
    findChannelName: (id) => channel.findChannelName?.(id) ?? ownName(channel, id),
    findRoleName: (id) => channel.findRoleName?.(id) ?? null,
  };
}

/** Returns null for another channel, and for a channel without a name, which is called by its id. */
function ownName({ channelId, channelName }: NamesOfChannel, id: string): string | null {
  return id === channelId && channelName !== channelId ? channelName : null;
}

const MARKUP = /<(@!?|@&|#)(\d+)>|<a?(:\w+:)\d+>/g;

/**
 * Replaces the ids in Discord's markup with names: `<@1>` becomes `@Name`, `<#2>` becomes `#channel`, `<@&3>` becomes
 * `@role`, and `<:smile:4>` becomes `:smile:`. Markup with an unknown id stays as it is. Source:
 * https://discord.com/developers/docs/reference#message-formatting
 */
export function resolveMentions(
  text: string,
  users: readonly Pick<APIUser, 'id' | 'username' | 'global_name'>[],
  names: Names,
): string {
  // Replace everything in one pass, because markup inside a name must stay as it is.
  return text.replace(MARKUP, (whole: string, kind: string, id: string, emoji?: string) => {
    if (emoji !== undefined) return emoji;
    if (kind === '#') return named('#', names.findChannelName?.(id), whole);
    if (kind === '@&') return named('@', names.findRoleName?.(id), whole);
    const user = users.find((candidate) => candidate.id === id);
    return named('@', user && (user.global_name ?? user.username), whole);
  });
}

/** Returns the ids of the channels and threads that a text mentions. */
export function mentionedChannelIds(text: string): string[] {
  const found = [...text.matchAll(MARKUP)];
  return found.flatMap(([, kind, id]) => (kind === '#' && isSnowflake(id) ? id : []));
}

/** Returns the sign and the name, or the original markup `whole` if there is no name. */
function named(sign: string, name: string | null | undefined, whole: string): string {
  return name == null ? whole : sign + name;
}

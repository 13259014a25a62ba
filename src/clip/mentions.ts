import type { APIUser } from 'discord-api-types/v10';

/** Names that a message's text refers to by id only. */
export interface Names {
  /** Channel names by id. */
  channelNames?: Record<string, string>;
  /** Role names by id. */
  roleNames?: Record<string, string>;
}

/**
 * Writes names where Discord's markup has ids: `<@1>` `@Name`, `<#2>` `#channel`, `<@&3>` `@role`,
 * `<:smile:4>` `:smile:`. What nobody can name stays as it is.
 * Source of the forms: Discord's message formatting reference.
 */
export function resolveMentions(
  text: string,
  users: readonly Pick<APIUser, 'id' | 'username' | 'global_name'>[],
  names: Names,
): string {
  // In one pass: what a name holds is no markup.
  return text.replace(MARKUP, (whole: string, kind: string, id: string, emoji?: string) => {
    if (emoji !== undefined) return emoji;
    if (kind === '#') return named('#', names.channelNames?.[id], whole);
    if (kind === '@&') return named('@', names.roleNames?.[id], whole);
    const user = users.find((candidate) => candidate.id === id);
    return named('@', user && (user.global_name ?? user.username), whole);
  });
}

const MARKUP = /<(@!?|@&|#)(\d+)>|<a?(:\w+:)\d+>/g;

const named = (sign: string, name: string | undefined, whole: string): string =>
  name === undefined ? whole : sign + name;

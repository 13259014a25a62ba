import type { APIUser } from 'discord-api-types/v10';

/**
 * Looks up names that a message's text refers to by id only. Each method returns the name, or null if
 * the id is unknown. They are functions so that nothing is built for a text without mentions.
 */
export interface Names {
  findChannelName?: (id: string) => string | null;
  findRoleName?: (id: string) => string | null;
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
    if (kind === '#') return named('#', names.findChannelName?.(id), whole);
    if (kind === '@&') return named('@', names.findRoleName?.(id), whole);
    const user = users.find((candidate) => candidate.id === id);
    return named('@', user && (user.global_name ?? user.username), whole);
  });
}

const MARKUP = /<(@!?|@&|#)(\d+)>|<a?(:\w+:)\d+>/g;

const named = (sign: string, name: string | null | undefined, whole: string): string =>
  name == null ? whole : sign + name;

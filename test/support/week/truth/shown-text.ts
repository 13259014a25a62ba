import type { APIMessage } from 'discord-api-types/v10';
import { textsOfComponents, type Part } from './shown-files.ts';

/** The names of channels and threads, by id. */
export interface ChannelNames {
  readonly names: ReadonlyMap<string, string>;
  /** The ids that a text may also show instead of the name. */
  readonly unsure: ReadonlySet<string>;
}

/**
 * Returns the text of a message as people read it: the message's own text, or that of the message that it forwards. There
 * is more than one text if the text mentions threads whose names may be unknown.
 */
export function readableTexts(message: APIMessage, part: Part, channels: ChannelNames): string[] {
  const text = textOfPart(message) || textOfPart(part);
  const users = new Map(
    [...message.mentions, ...(part.mentions ?? [])].map(({ id, username, global_name: name }) => [
      id,
      name ?? username,
    ]),
  );
  let readable = [''];
  for (const piece of text.split(/(<[^<>]*>)/)) {
    const [, id = ''] = /^<#(\d+)>$/.exec(piece) ?? [];
    const name = nameOf(piece, users, channels.names);
    const shown = channels.unsure.has(id) ? [name, piece] : [name];
    readable = readable.flatMap((before) => shown.map((next) => before + next));
  }
  return readable;
}

function textOfPart({ content, components }: Part): string {
  return content || textsOfComponents(components ?? []).join('\n');
}

/** https://docs.discord.com/developers/reference#message-formatting */
function nameOf(
  piece: string,
  users: ReadonlyMap<string, string>,
  channels: ReadonlyMap<string, string>,
): string {
  const inside = piece.slice(1, -1);
  const [, emoji] = /^a?(:\w+:)\d+$/.exec(inside) ?? [];
  if (piece.startsWith('<') && emoji) return emoji;
  if (piece.startsWith('<@')) {
    const user = users.get(inside.replace(/^@!?/, ''));
    return user === undefined ? piece : `@${user}`;
  }
  if (!piece.startsWith('<#')) return piece;
  const channel = channels.get(inside.slice(1));
  return channel === undefined ? piece : `#${channel}`;
}

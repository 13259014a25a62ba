/** What Discord's marks mean. A run of stars or underscores is strong if it has two of them. */
export type Mark = 'strong' | 'em' | 'u' | 's';

/** A part of a message: text, code, a link, or a spoiler or marked text with parts of its own. */
export type MessagePart =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'link'; url: string }
  | { kind: 'spoiler'; parts: MessagePart[] }
  | { kind: 'marked'; mark: Mark; parts: MessagePart[] };

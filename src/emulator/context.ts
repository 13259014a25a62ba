import type { Links } from './cdn/links.ts';
import type { State } from './world/state.ts';

/**
 * Differences between Discord and servers that are compatible with Discord's API. All quirks are off by default. A test
 * can change each quirk at any time.
 */
export interface Quirks {
  /** The `code` of an error equals the HTTP status. */
  errorCodeIsStatus: boolean;
  /** Pages requested with `after` list the oldest message first. */
  afterOldestFirst: boolean;
  /** Attachments have no width, height, duration or placeholder. */
  bareAttachments: boolean;
  /** Links contain the message's id instead of the attachment's id. */
  messageIdInLinks: boolean;
  /** The CDN ignores Range headers and answers 200 with the whole file. */
  cdnIgnoresRange: boolean;
  /** The gateway answers every RESUME with INVALID_SESSION. */
  resumeNeverWorks: boolean;
  /** The gateway does not answer IDENTIFY, so no session starts. */
  identifyUnanswered: boolean;
  /** GUILD_CREATE marks every guild as unavailable, and no later event changes this. */
  guildsUnavailable: boolean;
  /** Guilds have no `roles`. Only `GET /guilds/:id/roles` lists the roles. */
  guildsWithoutRoles: boolean;
  /** The application's flags are 0, although messages have their content. */
  noIntentFlag: boolean;
  /**
   * Messages have no text and no attachments, although the flag says that the intent is on. Discord itself has had this
   * fault: https://github.com/discord/discord-api-docs/issues/4552
   */
  contentStripped: boolean;
  /** A message in an archived thread does not make the thread active again. */
  threadsStayArchived: boolean;
}

export function createQuirks(quirks: Partial<Quirks> = {}): Quirks {
  return {
    errorCodeIsStatus: false,
    afterOldestFirst: false,
    bareAttachments: false,
    messageIdInLinks: false,
    cdnIgnoresRange: false,
    resumeNeverWorks: false,
    identifyUnanswered: false,
    guildsUnavailable: false,
    guildsWithoutRoles: false,
    noIntentFlag: false,
    contentStripped: false,
    threadsStayArchived: false,
    ...quirks,
  };
}

/** True if answers and events carry the content of messages. */
export function sendsContent({ hasContentIntent, quirks }: EmulatorContext): boolean {
  return hasContentIntent() && !quirks.contentStripped;
}

/** True if the application's flags show the Message Content intent. */
export function showsIntent({ hasContentIntent, quirks }: EmulatorContext): boolean {
  return hasContentIntent() && !quirks.noIntentFlag;
}

/** The data that REST routes and the gateway need to present the world in Discord's format. */
export interface EmulatorContext {
  readonly state: State;
  readonly links: Links;
  readonly quirks: Quirks;
  /** The WebSocket's URL, without a query. */
  readonly gatewayUrl: string;
  /** True if the application has the Message Content intent. */
  readonly hasContentIntent: () => boolean;
}

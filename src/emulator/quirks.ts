/**
 * Ways in which other servers that speak Discord's API differ from Discord. All are off at first;
 * each may be switched at any time.
 */
export interface Quirks {
  /** The `code` of an error equals the HTTP status. */
  errorCodeIsStatus: boolean;
  /** Pages asked for with `after` come oldest first. */
  afterOldestFirst: boolean;
  /** Attachments have no width, height, duration and placeholder. */
  bareAttachments: boolean;
  /** Links hold the message's id instead of the attachment's. */
  messageIdInLinks: boolean;
  /** The CDN answers 200 and the whole file to requests for a part of it. */
  cdnIgnoresRange: boolean;
  /** RESUME is always answered with INVALID_SESSION. */
  resumeNeverWorks: boolean;
  /** Guilds come marked as unavailable and stay so. */
  guildsUnavailable: boolean;
}

export function makeQuirks(quirks: Partial<Quirks> = {}): Quirks {
  return {
    errorCodeIsStatus: false,
    afterOldestFirst: false,
    bareAttachments: false,
    messageIdInLinks: false,
    cdnIgnoresRange: false,
    resumeNeverWorks: false,
    guildsUnavailable: false,
    ...quirks,
  };
}

/** Close codes of Discord's gateway that mean: never with these settings. */
const SENTENCES: Record<number, string> = {
  4004: 'Discord rejected the bot token: set TOKEN to the one that the developer portal shows',
  4013: 'Discord knows no such intents: this version of Everclip is too old for it',
  4014: "the bot has no Message Content intent: turn it on in Discord's developer portal (your application, Bot)",
};

/** One sentence for a login that failed, from a close code or from what discord.js threw. */
export function loginFault(cause: unknown): Error {
  if (typeof cause === 'number') {
    return new Error(SENTENCES[cause] ?? `Discord's gateway closed for good with code ${cause}`);
  }
  const { code, message } =
    cause instanceof Error
      ? (cause as Error & { code?: unknown })
      : { code: null, message: String(cause) };
  if (code === 'TokenInvalid' || code === 401) return loginFault(4004);
  if (/disallowed intents/i.test(message)) return loginFault(4014);
  const reason =
    typeof code === 'string' || typeof code === 'number' ? `${message} (${code})` : message;
  return new Error(
    `can't log in to Discord: ${reason}; correct DISCORD_API_URL, or try again later`,
  );
}

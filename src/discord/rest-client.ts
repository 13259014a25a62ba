import { REST } from 'discord.js';
import { discordFailure } from './failures.ts';
import { createRefusals } from './refusals.ts';

export interface DiscordOptions {
  token: string;
  /** Such as `https://discord.com/api`. */
  apiUrl: string;
  requestsPerSecond: number;
}

/** One GET; `channelId` is the channel whose refusals count for it. Throws failures of ours alone. */
export type Get = <T>(
  path: `/${string}`,
  options?: { channelId?: string; query?: Record<string, string> },
) => Promise<T>;

/** discord.js's REST client, which knows the limits of each route from their headers. */
export function createGet({ token, apiUrl, requestsPerSecond }: DiscordOptions): Get {
  const rest = new REST({
    api: apiUrl,
    version: '10',
    globalRequestsPerSecond: Math.max(1, Math.floor(requestsPerSecond)),
    // Temporal retries, and a wait must not hold an activity's slot: so neither happens inside a call.
    retries: 0,
    timeout: 15_000,
    rejectOnRateLimit: () => true,
  });
  const refusals = createRefusals();
  return async <T>(
    path: `/${string}`,
    { channelId = '', query = {} }: { channelId?: string; query?: Record<string, string> } = {},
  ): Promise<T> => {
    refusals.check(channelId);
    // discord.js forgets a token that was once rejected.
    rest.setToken(token);
    try {
      const answer = await rest.get(path, { query: new URLSearchParams(query) });
      refusals.clear(channelId);
      return answer as T;
    } catch (error) {
      const failure = discordFailure(error, `GET ${path}`);
      refusals.note(channelId, failure);
      throw failure;
    }
  };
}

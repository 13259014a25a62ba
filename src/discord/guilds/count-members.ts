import { NOT_DISCORD, type Get } from '../rest-client.ts';
import { serviceFailed } from '../../errors.ts';

/**
 * Discord's maximum for one page of the bot's guilds.
 * Source: https://docs.discord.com/developers/resources/user#get-current-user-guilds
 */
const MAX_PAGE_GUILDS = 200;

const PATH = '/users/@me/guilds';

interface CountedGuild {
  id?: unknown;
  approximate_member_count?: unknown;
}

/**
 * Returns how many members the bot's guilds have together, as Discord's approximate counts say. A person who is in two
 * guilds counts twice. Returns null if the server sends no counts, as compatible servers may do.
 * @throws ServiceFailed if the answer is not a list, and any error of `get`
 */
export async function countMembers(get: Get): Promise<number | null> {
  let members: number | null = null;
  let after = '0';
  for (;;) {
    const query = { with_counts: 'true', limit: String(MAX_PAGE_GUILDS), after };
    const page = await get<(CountedGuild | null)[]>(PATH, { query });
    if (!Array.isArray(page)) throw serviceFailed(NOT_DISCORD, { route: `GET ${PATH}` });
    for (const guild of page) {
      const count = guild?.approximate_member_count;
      if (typeof count === 'number' && count >= 0) members = (members ?? 0) + count;
    }
    const last = page.at(-1)?.id;
    // The last comparison ends the loop if a server ignores `after`.
    if (page.length < MAX_PAGE_GUILDS || typeof last !== 'string' || last === after) return members;
    after = last;
  }
}

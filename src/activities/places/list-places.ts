import { Context } from '@temporalio/activity';
import type { PlaceCursor, PlacePage, PlaceScope } from '../../clip/places/place.ts';
import type { Ports } from '../ports.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface ListPlacesInput {
  scope: PlaceScope;
  threads: boolean;
  cursor: PlaceCursor | null;
  /** True if a page that has places ends before the first list of archived threads. */
  endsBeforeArchived?: boolean;
}

/** A page of places, with only what a workflow needs, because the page is stored in the workflow's history. */
export interface ListedPlaces {
  readable: { channelId: string; channelName: string }[];
  /** How many channels, threads and lists of threads the bot cannot read. */
  unreadable: number;
  /** The first reasons for this. */
  reasons: string[];
  next: PlaceCursor | null;
}

/** A listing of a slow Discord may take longer than the heartbeat timeout. */
const HEARTBEAT_INTERVAL_MS = 2000;

const MAX_REASONS = 20;

/**
 * From this attempt on, a list of threads that is rejected without a clear reason is left out. Otherwise, a compatible
 * server without such lists would keep a backfill or an audit open for ever. By then, the server has rejected the list for at least
 * 15 s.
 */
const SKIPPING_ATTEMPT = 5;

/**
 * Lists the next channels and threads of a scope.
 * @throws InvalidInput if the scope itself cannot be listed
 */
export const createListPlaces =
  ({ discord }: Pick<Ports, 'discord'>) =>
  async (input: ListPlacesInput): Promise<ListedPlaces> => {
    const { readable, unreadable, next } = await listPage(discord, input);
    const channels = readable.filter(({ parentId }) => parentId === null);
    const threads = readable.filter(({ parentId }) => parentId !== null);
    return {
      // Channels are usually longer. A long history that begins last would be read alone at the end.
      readable: [...channels, ...threads].map(({ channelId, channelName }) => ({
        channelId,
        channelName,
      })),
      unreadable: unreadable.length,
      reasons: unreadable.slice(0, MAX_REASONS).map(({ reason }) => reason),
      next,
    };
  };

/** Lists a page on behalf of an activity, and sends heartbeats meanwhile. */
export async function listPage(
  discord: Ports['discord'],
  { scope, threads, cursor, endsBeforeArchived }: ListPlacesInput,
): Promise<PlacePage> {
  const skipsRejected = Context.current().info.attempt >= SKIPPING_ATTEMPT;
  const options = {
    threads,
    fresh: cursor === null,
    cursor,
    skipsRejected,
    ...(endsBeforeArchived && { endsBeforeArchived }),
  };
  return await withHeartbeat(HEARTBEAT_INTERVAL_MS, () => discord.listPlaces(scope, options));
}

import type { PlacePage, PlaceScope } from '../../clip/places/place.ts';
import { listPage, type ListPlacesInput } from '../places/list-places.ts';
import type { Ports } from '../ports.ts';

/** The places of a page, with only the fields that an audit needs, because the history stores every result. */
export type AuditPlaces = Pick<PlacePage, 'unreadable' | 'next'> & {
  readable: { channelId: string; channelName: string }[];
};

/**
 * Returns the scopes that an audit goes through. An audit of everything goes through the channels in CHANNEL_IDS, if the
 * setting names any: an audit starts missing clips, and must not start the clips of channels that nobody watches.
 */
export const createFindAuditScopes =
  ({ settings }: Pick<Ports, 'settings'>) =>
  async (scope: PlaceScope): Promise<PlaceScope[]> => {
    const { channelIds } = settings;
    const isAll = 'all' in scope && channelIds.length > 0;
    return await Promise.resolve(isAll ? channelIds.map((channelId) => ({ channelId })) : [scope]);
  };

/**
 * Lists a page of the channels and threads of a scope.
 * @throws the failures of `DiscordPort.listPlaces`
 */
export const createListAuditPlaces =
  ({ discord }: Pick<Ports, 'discord'>) =>
  async (input: ListPlacesInput): Promise<AuditPlaces> => {
    const { readable, unreadable, next } = await listPage(discord, input);
    return {
      readable: readable.map(({ channelId, channelName }) => ({ channelId, channelName })),
      unreadable,
      next,
    };
  };

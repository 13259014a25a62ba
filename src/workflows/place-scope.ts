import * as v from 'valibot';
import type { PlaceScope } from '../clip/places/place.ts';
import { isSnowflake } from '../clip/snowflake.ts';
import { invalidInput } from '../errors.ts';

/**
 * The schemas of the fields that name places: `channelId`, `guildId` and `all`. `example` is a valid option `--input`,
 * which the messages show.
 */
export function scopeFields(example: string) {
  const idSchema = v.optional(
    v.custom<string>(isSnowflake, ({ input }) =>
      typeof input === 'number'
        ? `is a number, and JSON rounds numbers of that size: write it in quotes, as in ${example}`
        : `is not a Discord id: write its 17 to 20 digits in quotes, as in ${example}`,
    ),
  );
  return {
    channelId: idSchema,
    guildId: idSchema,
    all: v.optional(v.literal(true, 'must be true, without quotes')),
  };
}

/** The fields of an input that name places, of which exactly one must be there. */
export interface ScopeInput {
  channelId?: string | undefined;
  guildId?: string | undefined;
  all?: true | undefined;
}

/**
 * Returns the places that an input names. `what` is the kind of the workflow, such as `a backfill`.
 * @throws InvalidInput unless the input names exactly one of a channel, a guild and everything
 */
export function toScope(
  { channelId, guildId, all }: ScopeInput,
  what: string,
  example: string,
): PlaceScope {
  const scopes: PlaceScope[] = [];
  if (channelId !== undefined) scopes.push({ channelId });
  if (guildId !== undefined) scopes.push({ guildId });
  if (all !== undefined) scopes.push({ all });
  const [scope, ...others] = scopes;
  if (scope !== undefined && others.length === 0) return scope;
  throw invalidInput(
    `${what} needs exactly one of channelId, guildId and "all": true, as in ${example}`,
  );
}

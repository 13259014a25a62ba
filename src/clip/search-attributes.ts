import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The typed search attributes by which clips are listed in the Web UI. */
export const clipTitle = defineSearchAttributeKey('ClipTitle', SearchAttributeType.KEYWORD);
export const clipState = defineSearchAttributeKey('ClipState', SearchAttributeType.KEYWORD);
export const clipChannel = defineSearchAttributeKey('ClipChannel', SearchAttributeType.KEYWORD);
export const clipGuild = defineSearchAttributeKey('ClipGuild', SearchAttributeType.KEYWORD);
export const clipPoster = defineSearchAttributeKey('ClipPoster', SearchAttributeType.KEYWORD);
export const linkExpiresAt = defineSearchAttributeKey(
  'LinkExpiresAt',
  SearchAttributeType.DATETIME,
);

/** All of them, as they must be registered. */
export const CLIP_SEARCH_ATTRIBUTES = [
  clipTitle,
  clipState,
  clipChannel,
  clipGuild,
  clipPoster,
  linkExpiresAt,
] as const;

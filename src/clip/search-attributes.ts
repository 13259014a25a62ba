import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** The search attributes of a clip's workflow. The Web UI can filter its list of clips by these attributes. */
export const clipTitle = defineSearchAttributeKey('ClipTitle', SearchAttributeType.KEYWORD);
export const clipState = defineSearchAttributeKey('ClipState', SearchAttributeType.KEYWORD);
export const clipChannel = defineSearchAttributeKey('ClipChannel', SearchAttributeType.KEYWORD);
export const clipGuild = defineSearchAttributeKey('ClipGuild', SearchAttributeType.KEYWORD);
export const clipPoster = defineSearchAttributeKey('ClipPoster', SearchAttributeType.KEYWORD);
export const linkExpiresAt = defineSearchAttributeKey(
  'LinkExpiresAt',
  SearchAttributeType.DATETIME,
);

/** All search attributes. Each search attribute must be registered in the namespace. */
export const CLIP_SEARCH_ATTRIBUTES = [
  clipTitle,
  clipState,
  clipChannel,
  clipGuild,
  clipPoster,
  linkExpiresAt,
] as const;

import { isSnowflake } from '../clip/snowflake.ts';
import { CLIP_TYPES } from '../config/settings.ts';

/** What the last part of a path `/c/…` names: the page of a clip, or its video if there is an ending. */
export interface ClipPath {
  id: string;
  /** Without a dot; null for the clip's page. */
  ending: string | null;
}

const CLIP_PATH = new RegExp(`^((\\d+)-(\\d+))(?:\\.(${CLIP_TYPES.join('|')}))?$`);

/** Returns null if the text is not the id of a clip, with or without the ending of a video. */
export function parseClipPath(text: string): ClipPath | null {
  const [, id, messageId, attachmentId, ending] = CLIP_PATH.exec(text) ?? [];
  if (id === undefined || !isSnowflake(messageId) || !isSnowflake(attachmentId)) return null;
  return { id, ending: ending ?? null };
}

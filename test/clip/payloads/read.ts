import { readFileSync } from 'node:fs';
import type { APIMessage } from 'discord-api-types/v10';

/** A message of a bot in Components V2: two videos in a container, one of them in a gallery and a spoiler. */
export const COMPONENTS_V2 = read('components-v2-message.json');

/**
 * A message with three videos. One has a mangled file name, one was recorded with Discord's own clips feature, and one
 * is the thumbnail of a thread.
 */
export const TITLES = read('title-message.json');

function read(name: string): APIMessage {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as APIMessage;
}

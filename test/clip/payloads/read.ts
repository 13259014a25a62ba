import { readFileSync } from 'node:fs';
import type { APIMessage } from 'discord-api-types/v10';

/** A message of a bot in Components V2: two videos in a container, one of them in a gallery and a spoiler. */
export const COMPONENTS_V2 = read('components-v2-message.json');

/** A message with three videos: one with a mangled name, one of Discord's own clips, and a thread's thumbnail. */
export const TITLES = read('title-message.json');

function read(name: string): APIMessage {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as APIMessage;
}

import type { Repeat } from './repeat.ts';
import { checkSpeed } from './speeds.ts';

/** What the player remembers from clip to clip, in the browser only. */
export interface Remembered extends Repeat {
  /** From 0 to 1. */
  volume: number;
  isMuted: boolean;
  speed: number;
}

/** Reads the text that `saveRemembered` wrote. Whatever it is, the answer is valid. */
export function parseRemembered(text: string | null): Remembered {
  const saved = parseObject(text);
  const { volume, loop } = saved;
  const isVolume = typeof volume === 'number' && volume >= 0 && volume <= 1;
  return {
    volume: isVolume ? volume : 1,
    isMuted: saved.isMuted === true,
    speed: checkSpeed(saved.speed),
    loop: typeof loop === 'boolean' ? loop : null,
    playNext: saved.playNext === true,
  };
}

function parseObject(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

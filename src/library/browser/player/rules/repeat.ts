/** Shorter clips repeat unless the reader says otherwise. */
const MAX_LOOPED_SECONDS = 15;

/** What happens when a clip ends. */
export interface Repeat {
  /** The reader's choice, or null: then short clips repeat. */
  loop: boolean | null;
  playNext: boolean;
}

/** True if the clip repeats. A clip of unknown length (null, in seconds) repeats only if the reader chose so. */
export function isLooped({ loop, playNext }: Repeat, seconds: number | null): boolean {
  return loop ?? (!playNext && isShort(seconds));
}

/** Returns the choices after the reader pressed "Loop". */
export function toggleLoop(repeat: Repeat, seconds: number | null): Repeat {
  const isOn = !isLooped(repeat, seconds);
  const playNext = repeat.playNext && !isOn;
  // A choice that agrees with the default is forgotten, so that it says nothing about clips of another length.
  const isDefault = isOn === isLooped({ loop: null, playNext }, seconds);
  return { loop: isDefault ? null : isOn, playNext };
}

/** Returns the choices after the reader pressed "Play next". A looped clip never ends, so looping stops. */
export function togglePlayNext({ loop, playNext }: Repeat): Repeat {
  return playNext
    ? { loop, playNext: false }
    : { loop: loop === true ? null : loop, playNext: true };
}

function isShort(seconds: number | null): boolean {
  return seconds !== null && seconds < MAX_LOOPED_SECONDS;
}

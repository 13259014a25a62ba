// The words of a clip's page.

export const CLIP_WORDS = {
  previous: 'Previous clip',
  next: 'Next clip',
  previousShort: 'Previous',
  nextShort: 'Next',
  copyLink: 'Copy link',
  at: 'At',
  more: 'More actions',
  share: 'Share…',
  openInApp: 'Open in the Discord app',
  embedCode: 'Copy embed code',
  embedCodeWithoutScript: 'Embed code',
  moments: 'Moments',
  nextUp: 'Next up',
  lastOfList: 'This is the last clip of the list.',
  speed: 'Speed',
  normalSpeed: '1×',
  loop: 'Loop',
  playNext: 'Play next',
  theatre: 'Theatre',
  showSpoiler: 'Show the spoiler',
  coveredAdult: 'This clip is from an age-restricted channel.',
  deleted: 'The message of this clip was deleted, and Discord no longer has the video.',
  stopped: 'An operator stopped keeping this clip alive, and its link has expired.',
} as const;

/** The names of a clip's facts. */
export const FACT_NAMES = {
  file: 'File',
  length: 'Length',
  size: 'Size',
  resolution: 'Resolution',
  codec: 'Codec',
  frameRate: 'Frame rate',
  sound: 'Sound',
  recorded: 'Recorded',
  posted: 'Posted',
  game: 'Game',
  players: 'Players',
  server: 'Server',
} as const;

/** The label of a moment. `time` is a time such as `0:12`. */
export function jumpText(time: string): string {
  return `Jump to ${time}`;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** When Everclip last asked Discord for the clip, `passedMs` milliseconds ago. */
export function lastTriedText(passedMs: number): string {
  if (passedMs < MINUTE_MS) return 'Last tried less than a minute ago.';
  const isHours = passedMs >= HOUR_MS;
  const count = Math.floor(passedMs / (isHours ? HOUR_MS : MINUTE_MS));
  const unit = isHours ? 'hour' : 'minute';
  return `Last tried ${count} ${unit}${count === 1 ? '' : 's'} ago.`;
}

export function framesPerSecondText(frameRate: number): string {
  return `${Math.round(frameRate)} fps`;
}

// Every sentence that the player's script shows. The page's own sentences come from the server.

export const PLAYER_WORDS = {
  copied: 'Link copied',
  close: 'Close',
  embedCopied: 'Embed code copied',
  linkLabel: 'Link to copy',
  embedLabel: 'Embed code to copy',
  tryAgain: 'Try again',
  tryingAgain: 'Trying again…',
  unreachable: 'Discord won’t give us this clip right now.',
  openInDiscord: 'Open in Discord',
  openFile: 'Open file',
  noNext: 'This is the last clip of the list.',
  noPrevious: 'This is the first clip of the list.',
  noPictureInPicture: 'Picture in picture is not available here.',
  speeds: 'Speed',
  loopOn: 'Loop is on.',
  loopOff: 'Loop is off.',
  playNextOn: 'When a clip ends, the next one plays.',
  playNextOff: 'Play next is off.',
} as const;

export function copiedAtText(time: string): string {
  return `Link copied at ${time}`;
}

/** `codec` is the name of a codec, or empty. */
export function unplayableText(codec: string): string {
  return `This browser can’t play ${codec === '' ? 'this clip' : codec}.`;
}

/** `reason` says why the clip doesn't play, or is empty. */
export function nowShownText(title: string, reason: string): string {
  return reason === '' ? `Now: ${title}` : `Now: ${title}. ${reason}`;
}

export function speedChangedText(speed: string): string {
  return `Speed ${speed}`;
}

/** What a key of the clip page does. */
export type ClipAction =
  | { kind: 'seekBy'; seconds: number }
  /** To so many tenths of the clip. */
  | { kind: 'seekToTenth'; tenth: number }
  | { kind: 'volume'; by: number }
  | { kind: 'speed'; step: 1 | -1 }
  | { kind: 'frame'; step: 1 | -1 }
  | { kind: SimpleKind };

type SimpleKind =
  | 'togglePlay'
  | 'mute'
  | 'fullScreen'
  | 'theatre'
  | 'leaveTheatre'
  | 'pictureInPicture'
  | 'next'
  | 'previous'
  | 'copy'
  | 'copyAt'
  | 'openInDiscord';

const SHORT_SEEK_SECONDS = 5;
const LONG_SEEK_SECONDS = 10;
const VOLUME_STEP = 0.05;

/** The keys whose meaning doesn't change with Shift, by `KeyboardEvent.key` in lower case. */
const KEYS: Readonly<Record<string, ClipAction>> = {
  ' ': { kind: 'togglePlay' },
  k: { kind: 'togglePlay' },
  j: { kind: 'seekBy', seconds: -LONG_SEEK_SECONDS },
  l: { kind: 'seekBy', seconds: LONG_SEEK_SECONDS },
  arrowleft: { kind: 'seekBy', seconds: -SHORT_SEEK_SECONDS },
  arrowright: { kind: 'seekBy', seconds: SHORT_SEEK_SECONDS },
  arrowup: { kind: 'volume', by: VOLUME_STEP },
  arrowdown: { kind: 'volume', by: -VOLUME_STEP },
  m: { kind: 'mute' },
  f: { kind: 'fullScreen' },
  t: { kind: 'theatre' },
  escape: { kind: 'leaveTheatre' },
  i: { kind: 'pictureInPicture' },
  '<': { kind: 'speed', step: -1 },
  '>': { kind: 'speed', step: 1 },
  ',': { kind: 'frame', step: -1 },
  '.': { kind: 'frame', step: 1 },
  n: { kind: 'next' },
  p: { kind: 'previous' },
  o: { kind: 'openInDiscord' },
};

/** Returns what a key does, or null. Capital letters count as letters, because of the Caps Lock key. */
export function findClipAction(key: { key: string; shiftKey: boolean }): ClipAction | null {
  if (/^[0-9]$/.test(key.key)) return { kind: 'seekToTenth', tenth: Number(key.key) };
  const name = key.key.toLowerCase();
  if (name === 'c') return { kind: key.shiftKey ? 'copyAt' : 'copy' };
  return Object.hasOwn(KEYS, name) ? (KEYS[name] ?? null) : null;
}

const REPEATED: readonly ClipAction['kind'][] = ['seekBy', 'volume', 'speed', 'frame'];

/** True if the action happens again and again while the reader holds the key down. */
export function mayRepeat({ kind }: ClipAction): boolean {
  return REPEATED.includes(kind);
}

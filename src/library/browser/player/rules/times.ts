const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
/** Steps land inside a frame. A time on the border between two frames may show either. */
const INTO_FRAME = 0.5;

/** Returns `0:12` or `1:02:03`. Takes seconds, and ignores the fraction. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / HOUR_SECONDS);
  const minutes = Math.floor((whole % HOUR_SECONDS) / MINUTE_SECONDS);
  const rest = pad(whole % MINUTE_SECONDS);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${pad(minutes)}:${rest}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

/**
 * Reads the start from a query such as `?t=12`, `?t=12.5` or `?t=1m30s`, in seconds. Returns null if there is none or if
 * it is invalid.
 */
export function parseStart(query: string): number | null {
  const text = new URLSearchParams(query).get('t') ?? '';
  const match = /^(?:(\d{1,3})h)?(?:(\d{1,4})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(text);
  if (match === null || text === '') return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return Number(hours) * HOUR_SECONDS + Number(minutes) * MINUTE_SECONDS + Number(seconds);
}

/** Returns the link to a second of the clip. A clip's start needs no parameter. */
export function linkAt(link: string, seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole <= 0) return link;
  const url = new URL(link);
  url.searchParams.set('t', String(whole));
  return url.href;
}

/** Returns the index of the last moment that is not after the time, or -1. The times are ascending seconds. */
export function findMoment(times: readonly number[], seconds: number): number {
  return times.findLastIndex((time) => time <= seconds);
}

/** Returns the time of the next (+1) or previous (-1) frame, in seconds, for a frame rate in frames per second. */
export function stepFrame(seconds: number, frameRate: number, step: 1 | -1): number {
  // Without the tolerance, a frame's own start could count as the frame before, because times are rounded.
  const TOLERANCE_FRAMES = 1e-3;
  const frame = Math.floor(seconds * frameRate + TOLERANCE_FRAMES);
  return Math.max(0, (frame + step + INTO_FRAME) / frameRate);
}

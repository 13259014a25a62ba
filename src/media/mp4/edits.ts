import { PartialReadError } from '../fallback.ts';
import type { Box } from './boxes.ts';

// An edit list (`elst`) says which parts of a track are shown, and in which order (ISO/IEC 14496-12, 8.6.6). Cameras
// and phones trim a clip by changing its edit list, so the file still contains the frames that were cut off.

/** One entry of an edit list. */
export interface Edit {
  /** In ticks of the movie's timescale; 0 if the edit lasts until the track's end. */
  duration: number;
  /** Where the edit starts in the track, in ticks of the track's timescale; -1 if the edit shows nothing. */
  mediaTime: number;
  /** The playback speed; 0 if the edit shows a single frame. */
  rate: number;
}

/** A part of a track that is shown. All times are in seconds. */
export interface ShownPart {
  /** When the part starts, as a timestamp of Mediabunny's packets. */
  start: number;
  /** When the part ends, as a timestamp of Mediabunny's packets; Infinity if the part lasts until the track's end. */
  end: number;
  /** When the part starts, counted from the start of the clip. */
  presentedAt: number;
  rate: number;
}

/** Ticks per second. */
interface Timescales {
  movie: number;
  track: number;
}

/** The most entries in an edit list. Editing programs write one entry for each cut. */
const MAX_EDITS = 1000;
/** Writers round the start of an edit to the movie's timescale, which is often 1/1000 s. */
const ROUNDING_SECONDS = 0.001;

/** @throws PartialReadError if an edit list has too many entries */
export function requireMaxEdits(edits: number): number {
  if (edits > MAX_EDITS) throw new PartialReadError('limits', 'the edit list is too long');
  return edits;
}

/** Reads the entries of an edit list. The caller has checked that the box contains all entries. */
export function readEdits(view: DataView, box: Box): Edit[] {
  const at = box.contentStart;
  const isLong = view.getUint8(at) === 1;
  const entryBytes = isLong ? 20 : 12;
  return Array.from({ length: view.getUint32(at + 4) }, (_, n) => {
    const entry = at + 8 + n * entryBytes;
    return {
      duration: isLong ? Number(view.getBigUint64(entry)) : view.getUint32(entry),
      mediaTime: isLong ? Number(view.getBigInt64(entry + 8)) : view.getInt32(entry + 4),
      rate: view.getInt32(entry + entryBytes - 4) / 0x1_00_00,
    };
  });
}

/**
 * Returns the parts of a track that its edit list shows. Without an edit list, the whole track is shown.
 *
 * Mediabunny shifts the timestamps of all packets so that the first edit starts at its time in the clip. Mediabunny
 * ignores all other edits, and shifts nothing if the first edit changes the speed.
 */
export function shownParts(edits: readonly Edit[], { movie, track }: Timescales): ShownPart[] {
  const whole = [{ start: -Infinity, end: Infinity, presentedAt: 0, rate: 1 }];
  if (movie <= 0 || track <= 0) return whole;
  const parts: ShownPart[] = [];
  let shift = 0;
  let presentedAt = 0;
  for (const { duration, mediaTime, rate } of edits) {
    const seconds = duration / movie;
    if (mediaTime >= 0) {
      if (parts.length === 0 && rate === 1)
        shift = (mediaTime - Math.round(presentedAt * track)) / track;
      const start = mediaTime / track - shift;
      const isOpen = duration === 0;
      const speed = Math.max(0, rate);
      parts.push({
        start,
        end: isOpen ? Infinity : start + Math.max(seconds * speed, ROUNDING_SECONDS),
        presentedAt,
        rate: speed,
      });
    }
    presentedAt += seconds;
  }
  return parts.length > 0 ? parts : whole;
}

/** True if the edit list shows the frame with this timestamp. */
export function isShown(parts: readonly ShownPart[], timestamp: number): boolean {
  return parts.some(({ start, end }) => timestamp >= start - ROUNDING_SECONDS && timestamp < end);
}

/**
 * Returns when the frame with this timestamp is shown, in seconds after the start of the clip, or null if the edit list
 * does not show the frame.
 */
export function secondsShownAt(parts: readonly ShownPart[], timestamp: number): number | null {
  for (const { start, end, presentedAt, rate } of parts) {
    if (timestamp < start - ROUNDING_SECONDS || timestamp >= end) continue;
    if (start === -Infinity) return Math.max(0, timestamp);
    return presentedAt + (rate > 0 ? Math.max(0, timestamp - start) / rate : 0);
  }
  return null;
}

/**
 * Returns the timestamp of the frame that is shown `seconds` after the start of the clip. If nothing is shown at that
 * time, the result is the start of the next part, or the end of the last part.
 */
export function timestampAt(parts: readonly ShownPart[], seconds: number): number {
  let timestamp = seconds;
  for (const { start, end, presentedAt, rate } of parts) {
    if (start === -Infinity) return seconds;
    timestamp = Math.min(end, start + Math.max(0, seconds - presentedAt) * rate);
    if (timestamp < end) break;
  }
  return timestamp;
}

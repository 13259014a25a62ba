import { mediaUnreadable } from '../../errors.ts';
import { blank, type Box, boxCounter, boxesIn, viewOf } from './boxes.ts';
import { NotSparse } from '../fallback.ts';
import { readLeaf, type Scan } from './scan-leaf.ts';
import { emptyTrack, type Track } from './tables.ts';

/** What `moov` says, as far as we asked it. */
export interface Scanned {
  /** `moov` with the one video track and what it takes to read that; all else is blanked out. */
  moov: Uint8Array;
  video: Track;
  tracks: readonly Track[];
  hasAudio: boolean;
  /** Its frames are in fragments, which follow `moov`. */
  fragmented: boolean;
  /** Seconds; 0 where it says none. */
  durationSeconds: number;
  /** Seconds since 1904; 0 where it says none. */
  createdAt: number;
}

const MAX_BOXES = 20_000;
/** A camera's file has five. */
const MAX_TRACKS = 200;
/** Boxes that hold boxes. They name their children themselves, so none can stand within its own kind. */
const CHILDREN: Record<string, readonly string[]> = {
  moov: ['mvhd', 'trak', 'mvex', 'cmov'],
  trak: ['tkhd', 'edts', 'mdia'],
  edts: ['elst'],
  mdia: ['mdhd', 'hdlr', 'minf'],
  minf: ['dinf', 'stbl'],
  dinf: ['dref'],
  stbl: ['stsd', 'stts', 'ctts', 'stss', 'stsz', 'stsc', 'stco', 'co64'],
  mvex: ['mehd', 'trex'],
};

/**
 * Looks through a stranger's `moov` before anything else parses it: which track is the video, and
 * whether every table has the entries that it announces. Returns a copy in which only boxes that we
 * know are left (no tags of place, device or author; no other tracks), so that what parses it later
 * meets no box that was not checked here.
 * @throws MediaUnreadable (no video, compressed `moov`), NotSparse
 */
export function scanMoov(bytes: Uint8Array): Scanned {
  const moov = bytes.slice();
  const scan: Scan = {
    ...{ view: viewOf(moov), tracks: [], track: null, mvex: false },
    ...{ timescale: 0, duration: 0, fragmentedDuration: 0, createdAt: 0 },
    ...{ frameDurations: new Map(), countBox: boxCounter(MAX_BOXES) },
  };
  const [top] = boxesIn(scan.view, 0, moov.length);
  if (top?.name !== 'moov') throw new NotSparse('structure', 'no moov');
  walk(scan, top);
  for (const track of scan.tracks) track.frameDuration = scan.frameDurations.get(track.id) ?? 0;
  const videos = scan.tracks.filter(({ handler }) => handler === 'vide');
  if (videos.length === 0) throw mediaUnreadable('the file holds no video');
  const video = videos.find(({ samples }) => samples > 0) ?? (scan.mvex ? videos[0] : undefined);
  if (!video) throw new NotSparse('no-key-frame', 'no frames');
  for (const track of scan.tracks) if (track !== video) blank(scan.view, track.box);
  // Half of its frames here and half in fragments is what neither Mediabunny nor we put together.
  if (scan.mvex && video.samples > 0) throw new NotSparse('fragments', 'moov has frames as well');
  return {
    ...{ moov, video, tracks: scan.tracks, fragmented: scan.mvex, createdAt: scan.createdAt },
    hasAudio: scan.tracks.some(({ handler }) => handler === 'soun'),
    durationSeconds:
      scan.timescale > 0 ? (scan.duration || scan.fragmentedDuration) / scan.timescale : 0,
  };
}

function walk(scan: Scan, parent: Box): void {
  for (const box of boxesIn(scan.view, parent.contentStart, parent.end)) {
    scan.countBox();
    if (!CHILDREN[parent.name]?.includes(box.name)) {
      blank(scan.view, box);
    } else if (box.name === 'trak') {
      if (scan.tracks.length === MAX_TRACKS) throw new NotSparse('limits', 'very many tracks');
      scan.track = emptyTrack(box);
      scan.tracks.push(scan.track);
      walk(scan, box);
      scan.track = null;
    } else if (box.name in CHILDREN) {
      if (box.name === 'mvex') scan.mvex = true;
      // Every writer puts the handler first, and what tables mean depends on it.
      if (box.name === 'minf' && scan.track?.handler === '')
        throw new NotSparse('structure', 'a track of no kind');
      walk(scan, box);
    } else {
      readLeaf(scan, box);
    }
  }
}

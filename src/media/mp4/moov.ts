import { mediaUnreadable } from '../../errors.ts';
import { PartialReadError } from '../fallback.ts';
import type { VideoTraits } from '../video/readable.ts';
import {
  blank,
  type Box,
  boxCounter,
  boxesIn,
  durationAt,
  nameAt,
  requireContent,
  viewOf,
} from './boxes.ts';
import { readSampleEntries, traitsOf } from '../video/sample-entries.ts';
import { newTrack, readTable, removeSkew, requireOwnData, type Track } from './tables.ts';

/** The facts in `moov`, and a copy of `moov` that is safe to parse. */
export interface CheckedMoov {
  /** `moov` with the video track and the boxes needed to read it. All other boxes are blanked. */
  bytes: Uint8Array;
  video: Track;
  traits: VideoTraits;
  /** The duration of the frames in `moov` that come before the first encrypted frame; Infinity if none is encrypted. */
  clearSeconds: number;
  tracks: readonly Track[];
  hasAudio: boolean;
  /** True if the frames are in fragments after `moov`. */
  isFragmented: boolean;
  /** True if the frames are in `moov`, but `moov` announces fragments too. */
  mayHaveFragments: boolean;
  /** The clip's duration; 0 if `moov` contains no duration. */
  durationSeconds: number;
  /** Ticks per second of the edit list's durations. */
  timescale: number;
  /** The date in seconds since 1904; 0 if `moov` contains no date. */
  createdAt: number;
}

/** The results of the walk over `moov` so far. */
interface Walk {
  view: DataView;
  tracks: Track[];
  /** The track whose boxes are being read. */
  track: Track | null;
  /** The box that announces fragments. */
  mvex: Box | null;
  /** Ticks per second. */
  timescale: number;
  /** The duration in ticks. */
  duration: number;
  /** The duration of the file including all its fragments, in ticks. */
  fragmentedDuration: number;
  createdAt: number;
  /** The default values of frames in fragments, by track id. */
  frameDefaults: Map<number, FrameDefaults>;
  countBox: () => void;
}

type FrameDefaults = Pick<Track, 'frameDuration' | 'defaultEntry'>;

const MAX_BOXES = 20_000;
/** The most tracks in a file. A file from a camera has five tracks. */
const MAX_TRACKS = 200;

/**
 * The child boxes to keep, keyed by the name of the box that contains them. No list may contain the name of its own
 * box. Otherwise a file could nest boxes of that name without a limit.
 */
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
 * Checks an untrusted `moov` before anything else parses it. Every table must have as many entries as it declares. The
 * returned copy contains only checked boxes, so it has no tags (place, device, author) and no tracks besides the video.
 * @throws MediaUnreadable (no video, compressed, frames in another file), PartialReadError
 */
export function checkMoov(original: Uint8Array): CheckedMoov {
  const bytes = new Uint8Array(original);
  const walk: Walk = {
    view: viewOf(bytes),
    tracks: [],
    track: null,
    mvex: null,
    timescale: 0,
    duration: 0,
    fragmentedDuration: 0,
    createdAt: 0,
    frameDefaults: new Map(),
    countBox: boxCounter(MAX_BOXES),
  };
  const [top] = boxesIn(walk.view, 0, bytes.length);
  if (top?.name !== 'moov') throw new PartialReadError('structure', 'no moov');
  readChildren(walk, top);
  const { tracks, mvex, timescale } = walk;
  for (const track of tracks) Object.assign(track, walk.frameDefaults.get(track.id));
  const video = chooseVideo(walk);
  for (const track of tracks) if (track !== video) blank(walk.view, track.box);
  // Mediabunny reads frames from moov or from fragments, but not from both.
  const mayHaveFragments = mvex !== null && video.samples > 0;
  if (mvex && mayHaveFragments) blank(walk.view, mvex);
  const ticks = walk.duration || walk.fragmentedDuration;
  return {
    bytes,
    video,
    traits: traitsOf(video.entries, video.leadEntry),
    clearSeconds: clearSecondsOf(video),
    tracks,
    hasAudio: tracks.some(({ handler }) => handler === 'soun'),
    isFragmented: mvex !== null && !mayHaveFragments,
    mayHaveFragments,
    durationSeconds: timescale > 0 ? ticks / timescale : 0,
    timescale,
    createdAt: walk.createdAt,
  };
}

/** Chooses the first video that players show: an enabled one, if there is one. */
function chooseVideo({ tracks, mvex }: Walk): Track {
  const videos = tracks.filter(({ handler }) => handler === 'vide');
  if (videos.length === 0) throw mediaUnreadable('the file contains no video');
  const withFrames = videos.filter(({ samples }) => samples > 0);
  const choices = withFrames.length === 0 && mvex !== null ? videos : withFrames;
  const video = choices.find(({ isEnabled }) => isEnabled) ?? choices[0];
  if (!video) throw new PartialReadError('no-key-frame', 'no frames');
  return video;
}

/** Assumes that all frames have the same duration. The result is a limit for choosing a frame, so it may be rough. */
function clearSecondsOf({ entries, leadSamples, ...video }: Track): number {
  if (!entries.some(({ isEncrypted }) => isEncrypted) || leadSamples === Infinity) return Infinity;
  const frameTicks = video.timedDuration / Math.max(1, video.timedSamples);
  return (leadSamples * frameTicks) / Math.max(1, video.timescale);
}

function readChildren(walk: Walk, parent: Box): void {
  for (const box of boxesIn(walk.view, parent.contentStart, parent.end)) {
    walk.countBox();
    if (!CHILDREN[parent.name]?.includes(box.name)) {
      blank(walk.view, box);
    } else if (box.name === 'trak') {
      if (walk.tracks.length === MAX_TRACKS)
        throw new PartialReadError('limits', 'too many tracks');
      walk.track = newTrack(box);
      walk.tracks.push(walk.track);
      readChildren(walk, box);
      walk.track = null;
    } else if (box.name in CHILDREN) {
      if (box.name === 'mvex') walk.mvex = box;
      // The meaning of the tables depends on the handler, and every writer puts the handler first.
      if (box.name === 'minf' && walk.track?.handler === '')
        throw new PartialReadError('structure', 'a track has no handler');
      readChildren(walk, box);
    } else {
      readLeaf(walk, box);
    }
  }
}

/** Reads a box that contains no other boxes. */
function readLeaf(walk: Walk, box: Box): void {
  const { view, track } = walk;
  const isVideo = track?.handler === 'vide';
  if (box.name === 'cmov')
    throw mediaUnreadable("the file's index (moov) is compressed, which is not supported");
  if (box.name === 'mvhd') readMovieHeader(walk, box);
  else if (box.name === 'mehd') readFragmentedDuration(walk, box);
  else if (box.name === 'trex') readFrameDefaults(walk, box);
  else if (track && box.name === 'hdlr') readHandler(view, box, track);
  else if (isVideo && box.name === 'stsd') track.entries = readSampleEntries(walk, box);
  else if (isVideo && box.name === 'dref') requireOwnData(walk, box);
  else if (track) readTable(view, box, track);
}

function readMovieHeader(walk: Walk, box: Box): void {
  const { view } = walk;
  requireContent(box, 100);
  const isLong = view.getUint8(box.contentStart) === 1;
  if (isLong) requireContent(box, 112);
  const at = box.contentStart + 4;
  walk.createdAt = isLong ? Number(view.getBigUint64(at)) : view.getUint32(at);
  walk.timescale = view.getUint32(at + (isLong ? 16 : 8));
  walk.duration = durationAt(view, at + (isLong ? 20 : 12), isLong);
  removeSkew(view, at + (isLong ? 44 : 32));
}

function readFragmentedDuration(walk: Walk, box: Box): void {
  requireContent(box, 8);
  const isLong = walk.view.getUint8(box.contentStart) === 1;
  if (isLong) requireContent(box, 12);
  walk.fragmentedDuration = durationAt(walk.view, box.contentStart + 4, isLong);
}

function readFrameDefaults({ view, frameDefaults }: Walk, box: Box): void {
  requireContent(box, 24);
  const trackId = view.getUint32(box.contentStart + 4);
  // Store the defaults by track id, because their track may come later in moov.
  frameDefaults.set(trackId, {
    defaultEntry: view.getUint32(box.contentStart + 8),
    frameDuration: view.getUint32(box.contentStart + 12),
  });
}

function readHandler(view: DataView, box: Box, track: Track): void {
  requireContent(box, 12);
  if (track.handler !== '')
    throw new PartialReadError('structure', 'a track has two handler boxes (hdlr)');
  track.handler = nameAt(view, box.contentStart + 8);
}

import { ApplicationFailure } from '@temporalio/common';
import {
  CustomSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  Logging,
  LogLevel,
  MP4,
  QTFF,
} from 'mediabunny';
import { type Patch, patchedSource } from '../bytes/patched.ts';
import { readAheadSource } from '../bytes/read-ahead.ts';
import type { ByteSource } from '../bytes/source.ts';
import { watchFailure, type WatchedSource } from '../bytes/watched.ts';
import { PartialReadError } from '../fallback.ts';
import { viewOf } from './boxes.ts';
import { type ShownPart, shownParts } from './edits.ts';
import { findMoov } from './find-moov.ts';
import { checkFragments, type Fragments, hasFragments, MAX_FRAGMENTS } from './fragments.ts';
import { secondsToLastFragment } from './last-fragment.ts';
import { type CheckedMoov, checkMoov } from './moov.ts';

/** A clip whose index was read. The clip's frames are fetched when they are needed. */
export interface OpenClip {
  moov: CheckedMoov;
  /** The offset of `moov` in the file. */
  moovStart: number;
  fragments: FragmentInfo;
  /** The parts of the video track that its edit list shows. */
  shown: readonly ShownPart[];
  /** The size of the whole file, in bytes. */
  size: number;
  track: InputVideoTrack;
  packets: EncodedPacketSink;
  /** Makes each read of frames fetch at least `bytes` bytes; 0 ends this. */
  setReadAhead: (bytes: number) => void;
  close: () => void;
}

/** What the fragments say about the clip. A duration is 0 if the file has no fragments or the duration is unknown. */
interface FragmentInfo extends Pick<Fragments, 'end' | 'isComplete' | 'totalSeconds' | 'timing'> {
  /** The duration of the frames that may be read, in seconds; 0 if all may be read. */
  seconds: number;
}

// Mediabunny would write warnings about damaged files to the console.
Logging.level = LogLevel.Silent;

/** The size of Mediabunny's cache. A small cache is enough, because each packet is read once. */
const CACHE_BYTES = 4 * 1024 * 1024;
/**
 * A `free` box at the end of the file. Readers look for the size of an index (`mfra`) in the file's last four bytes.
 * Here, these four bytes hold an invalid size, so that readers find no index.
 */
const TAIL = Uint8Array.from([0, 0, 0, 12, 0x66, 0x72, 0x65, 0x65, 0xff, 0xff, 0xff, 0xff]);

/**
 * Reads a clip's index, checks it, and opens the checked copy with Mediabunny. `maxFragments` is how many fragments of
 * a fragmented file are read.
 * @throws MediaUnreadable, PartialReadError, and the errors of `source`
 */
export async function openClip(
  source: ByteSource,
  { maxFragments = MAX_FRAGMENTS }: { maxFragments?: number } = {},
): Promise<OpenClip> {
  const original = await findMoov(source);
  const moov = checkMoov(original.bytes);
  const { start } = original;
  const fragmentsAt = start + original.bytes.length;
  return openView(source, { moov, moovStart: start, fragmentsAt, maxFragments });
}

/**
 * Opens a clip, runs `work` with it, and closes it. `watched` is `source`, which `work` must read instead.
 * @throws PartialReadError for any fault of a parser, the reason of an aborted `signal`, MediaUnreadable, and the errors
 * of `source` and `work`
 */
export async function withOpenClip<T>(
  source: ByteSource,
  { signal, maxFragments = MAX_FRAGMENTS }: { signal: AbortSignal; maxFragments?: number },
  work: (clip: OpenClip, watched: WatchedSource) => Promise<T>,
): Promise<T> {
  const watched = watchFailure(source);
  try {
    const clip = await openClip(watched, { maxFragments });
    try {
      return await work(clip, watched);
    } finally {
      clip.close();
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    // Mediabunny may wrap or swallow the error that the source threw.
    if (watched.failure !== undefined) throw watched.failure as Error;
    if (error instanceof ApplicationFailure || error instanceof PartialReadError) throw error;
    throw new PartialReadError('parser', String(error));
  }
}

/**
 * Opens a single fragment of a clip that is already open.
 * @param fragmentAt the offset of the fragment in the file
 * @throws MediaUnreadable, PartialReadError, and the errors of `source`
 */
export function openFragment(
  source: ByteSource,
  { moov, moovStart }: OpenClip,
  fragmentAt: number,
): Promise<OpenClip> {
  return openView(source, { moov, moovStart, fragmentsAt: fragmentAt, maxFragments: 1 });
}

/** The parts of a file that Mediabunny may see. */
interface Visible {
  moov: CheckedMoov;
  moovStart: number;
  /** The offset of the first fragment. */
  fragmentsAt: number;
  maxFragments: number;
}

async function openView(original: ByteSource, visible: Visible): Promise<OpenClip> {
  const { moov, moovStart } = visible;
  const source = readAheadSource(original);
  const { view, fragments } = await checkedView(source, visible);
  const input = new Input({
    formats: [MP4, QTFF],
    source: new CustomSource({
      getSize: () => view.size,
      read: (start, end) => view.read(start, end),
      maxCacheSize: CACHE_BYTES,
      prefetchProfile: 'none',
      // Without a handler the error would end the process. The next read throws the same error.
      handleUnhandledError: () => undefined,
    }),
  });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new PartialReadError('parser', 'Mediabunny found no video');
    const { edits, timescale } = moov.video;
    return {
      moov,
      moovStart,
      fragments,
      shown: shownParts(edits, { movie: moov.timescale, track: timescale }),
      size: source.size,
      track,
      packets: new EncodedPacketSink(track),
      setReadAhead: (bytes) => source.setReadAhead(bytes),
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

/**
 * Returns the file as Mediabunny sees it. Everything before the checked `moov` is hidden in another box, and so is
 * everything between `moov` and the first fragment. No unchecked index follows.
 */
async function checkedView(
  source: ByteSource,
  { moov, moovStart, fragmentsAt, maxFragments }: Visible,
): Promise<{ view: ByteSource; fragments: FragmentInfo }> {
  const patches: Patch[] = [{ start: moovStart, bytes: moov.bytes }];
  if (moovStart >= 8) patches.push({ start: 0, bytes: coverOf('ftypisom\0\0\0\0', moovStart) });
  const moovEnd = moovStart + moov.bytes.length;
  if (!moov.isFragmented) {
    // Mediabunny reads frames from moov or from fragments, but not from both.
    if (moov.mayHaveFragments && (await hasFragments(source, moovEnd)))
      throw new PartialReadError('fragments', 'moov and the fragments both contain frames');
    const view = patchedSource(source, patches, source.size);
    const seconds = moov.clearSeconds === Infinity ? 0 : moov.clearSeconds;
    const none = { end: moovEnd, isComplete: false, totalSeconds: 0, timing: null };
    return { view, fragments: { ...none, seconds } };
  }
  if (fragmentsAt > moovEnd)
    patches.push({ start: moovEnd, bytes: coverOf('free', fragmentsAt - moovEnd) });
  const fragments = await checkFragments(source, fragmentsAt, moov, maxFragments);
  const isUnknown = moov.durationSeconds === 0 && moov.video.duration === 0;
  if (fragments.totalSeconds === 0 && isUnknown && fragmentsAt === moovEnd)
    fragments.totalSeconds = await secondsToLastFragment(source, moov.video, fragments);
  patches.push(...fragments.patches, { start: fragments.end, bytes: TAIL });
  return { view: patchedSource(source, patches, fragments.end + TAIL.length), fragments };
}

/**
 * Returns the first bytes of a made-up box of `length` bytes, so that a reader skips everything in it.
 * @param start the name of the box, and its first bytes
 */
function coverOf(start: string, length: number): Uint8Array {
  if (length > 0xff_ff_ff_ff) throw new PartialReadError('limits', 'the hidden part exceeds 4 GB');
  const bytes = new Uint8Array(Math.min(4 + start.length, length));
  viewOf(bytes).setUint32(0, length);
  bytes.set(Buffer.from(start, 'latin1').subarray(0, bytes.length - 4), 4);
  return bytes;
}

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
import type { ByteSource } from '../bytes/source.ts';
import { PartialReadError } from '../fallback.ts';
import { viewOf } from './boxes.ts';
import { findMoov, type Moov } from './find-moov.ts';
import { checkFragments } from './fragments.ts';
import { type CheckedMoov, checkMoov } from './moov.ts';

/** A clip whose index was read. The clip's frames are fetched when they are needed. */
export interface OpenClip {
  moov: CheckedMoov;
  fragments: FragmentSeconds;
  /** The size of the whole file, in bytes. */
  size: number;
  track: InputVideoTrack;
  packets: EncodedPacketSink;
  close: () => void;
}

/** Durations in seconds. A duration is 0 if the file has no fragments or the duration is unknown. */
interface FragmentSeconds {
  /** The duration of the fragments that were read. */
  seconds: number;
  /** The duration of all fragments. */
  totalSeconds: number;
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
 * Reads a clip's index, checks it, and opens the checked copy with Mediabunny.
 * @throws MediaUnreadable, PartialReadError, and the errors of `source`
 */
export async function openClip(source: ByteSource): Promise<OpenClip> {
  const original = await findMoov(source);
  const moov = checkMoov(original.bytes);
  const { view, fragments } = await checkedView(source, original, moov);
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
    return {
      moov,
      fragments,
      size: source.size,
      track,
      packets: new EncodedPacketSink(track),
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

/**
 * Returns the file as Mediabunny sees it. Everything before the checked `moov` is hidden in another box, and no
 * unchecked index follows.
 */
async function checkedView(
  source: ByteSource,
  original: Moov,
  moov: CheckedMoov,
): Promise<{ view: ByteSource; fragments: FragmentSeconds }> {
  const patches: Patch[] = [{ start: original.start, bytes: moov.bytes }];
  if (original.start >= 8) patches.push({ start: 0, bytes: coverOf(original.start) });
  if (!moov.isFragmented) {
    const view = patchedSource(source, patches, source.size);
    return { view, fragments: { seconds: 0, totalSeconds: 0 } };
  }
  const moovEnd = original.start + original.bytes.length;
  const fragments = await checkFragments(source, moovEnd, moov.tracks);
  patches.push(...fragments.patches, { start: fragments.end, bytes: TAIL });
  return { view: patchedSource(source, patches, fragments.end + TAIL.length), fragments };
}

/**
 * Returns the header of a made-up `ftyp` box. The box covers everything before `moov`, so a reader skips straight to
 * `moov`.
 */
function coverOf(length: number): Uint8Array {
  if (length > 0xff_ff_ff_ff) throw new PartialReadError('limits', 'moov after 4 GB');
  const bytes = new Uint8Array(Math.min(16, length));
  viewOf(bytes).setUint32(0, length);
  bytes.set(Buffer.from('ftypisom', 'latin1').subarray(0, bytes.length - 4), 4);
  return bytes;
}

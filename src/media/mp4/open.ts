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
import { viewOf } from './boxes.ts';
import type { ByteSource } from '../bytes/source.ts';
import { findMoov, type Moov } from './find-moov.ts';
import { NotSparse } from '../fallback.ts';
import { type Patch, patchedSource } from '../bytes/patched.ts';
import { scanFragments } from './fragments.ts';
import { type Scanned, scanMoov } from './moov.ts';

/** A clip whose index was read; its frames are fetched when they are asked for. */
export interface OpenClip {
  scanned: Scanned;
  /** How long the fragments are that were read, and all of them; 0 where it has none or doesn't tell. */
  fragments: { seconds: number; totalSeconds: number };
  /** Bytes of the whole file. */
  size: number;
  track: InputVideoTrack;
  packets: EncodedPacketSink;
  close: () => void;
}

// It would write warnings about strangers' files to the console.
Logging.level = LogLevel.Silent;

const NO_FRAGMENTS = { seconds: 0, totalSeconds: 0 };
/** Of packets; each is read once. */
const CACHE_BYTES = 4 * 1024 * 1024;

/**
 * Reads a clip's index and gives it to Mediabunny, checked and cut down to the video.
 * @throws MediaUnreadable, NotSparse, and what `source` throws
 */
export async function openClip(source: ByteSource): Promise<OpenClip> {
  const moov = await findMoov(source);
  const scanned = scanMoov(moov.bytes);
  const { view, fragments } = await checkedView(source, moov, scanned);
  const input = new Input({
    formats: [MP4, QTFF],
    source: new CustomSource({
      getSize: () => view.size,
      read: (start, end) => view.read(start, end),
      maxCacheSize: CACHE_BYTES,
      prefetchProfile: 'none',
      // Unheard, it would end the process; whoever reads next meets the same failure.
      handleUnhandledError: () => undefined,
    }),
  });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (!track) throw new NotSparse('parser', 'it finds no video');
    const packets = new EncodedPacketSink(track);
    return {
      ...{ scanned, fragments, size: source.size, track, packets },
      close: () => input.dispose(),
    };
  } catch (error) {
    input.dispose();
    throw error;
  }
}

/** What Mediabunny gets to see: nothing before `moov`, the checked `moov`, and no index behind it. */
async function checkedView(
  source: ByteSource,
  moov: Moov,
  { moov: bytes, fragmented, tracks }: Scanned,
): Promise<{ view: ByteSource; fragments: OpenClip['fragments'] }> {
  const patches: Patch[] = [{ start: moov.start, bytes }];
  if (moov.start >= 8) patches.push({ start: 0, bytes: coverOf(moov.start) });
  if (!fragmented)
    return { view: patchedSource(source, patches, source.size), fragments: NO_FRAGMENTS };
  const fragments = await scanFragments(source, moov.start + bytes.length, tracks);
  patches.push(...fragments.patches);
  const tail = { start: fragments.end, bytes: TAIL };
  return {
    view: patchedSource(source, [...patches, tail], tail.start + TAIL.length),
    fragments,
  };
}

/** A `ftyp` that reaches to `moov`, so that a reader goes there at once. */
function coverOf(length: number): Uint8Array {
  if (length > 0xff_ff_ff_ff) throw new NotSparse('limits', 'moov stands beyond 4 GB');
  const bytes = new Uint8Array(Math.min(16, length));
  viewOf(bytes).setUint32(0, length);
  bytes.set(Buffer.from('ftypisom', 'latin1').subarray(0, bytes.length - 4), 4);
  return bytes;
}

/** A free box whose last word, where an index of fragments would give its size, points nowhere. */
const TAIL = Uint8Array.from([0, 0, 0, 12, 0x66, 0x72, 0x65, 0x65, 0xff, 0xff, 0xff, 0xff]);

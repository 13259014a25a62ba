import {
  BufferTarget,
  type EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { NotSparse } from '../fallback.ts';
import type { OpenClip } from './open.ts';

/** One key frame in a file of our own making. */
export interface KeyFrame {
  mp4: Uint8Array;
  /** Of the frame alone, as it is in the clip. */
  frameBytes: number;
  /** When it is shown, seconds from the beginning. */
  atSeconds: number;
}

/** Where a clip is looked at; its beginning is often black. */
export const MOMENTS = [1 / 10, 1 / 3, 1 / 2];
/** Where a clip of unknown length is looked at, seconds. */
export const UNKNOWN_MOMENTS = [2, 5, 0];
/** An 8K key frame has a megabyte or four. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Beyond it a pixel aspect is a slip or a trap. */
const MAX_ASPECT = 16;

/**
 * The key frames nearest before a tenth, a third and half of the clip, or of as much of it as can be
 * reached; each is fetched when it is asked for.
 * @throws NotSparse, and what the clip's source throws
 */
export async function* keyFrames(
  clip: OpenClip,
  durationSeconds: number | undefined,
): AsyncGenerator<KeyFrame> {
  // Beyond the fragments that were read there is nothing to look at.
  const length = Math.min(durationSeconds ?? Infinity, clip.fragments.seconds || Infinity);
  const moments = length < Infinity ? MOMENTS.map((part) => part * length) : UNKNOWN_MOMENTS;
  const seen = new Set<number>();
  for (const moment of moments) {
    const { sequenceNumber, timestamp, byteLength } = await keyPacketAt(clip, moment);
    if (seen.has(sequenceNumber)) continue;
    seen.add(sequenceNumber);
    if (byteLength > MAX_FRAME_BYTES) throw new NotSparse('limits', 'a key frame is very large');
    const packet = await clip.packets.getKeyPacket(timestamp);
    if (packet === null) continue;
    // A table may name frames that are none.
    if ((await clip.track.determinePacketType(packet)) === 'delta') continue;
    yield {
      mp4: await oneFrameFile(clip, packet),
      ...{ frameBytes: byteLength, atSeconds: packet.timestamp },
    };
  }
}

/** Without its data. */
async function keyPacketAt({ packets }: OpenClip, moment: number): Promise<EncodedPacket> {
  const where = { metadataOnly: true };
  const packet =
    (await packets.getKeyPacket(moment, where)) ?? (await packets.getFirstKeyPacket(where));
  if (packet === null) throw new NotSparse('no-key-frame', 'none is found');
  // Frames before 0 are cut off by an edit list: decoded, never shown.
  const shown = packet.timestamp < 0 ? await packets.getNextKeyPacket(packet, where) : packet;
  return shown ?? packet;
}

async function oneFrameFile({ track }: OpenClip, packet: EncodedPacket): Promise<Uint8Array> {
  const codec = await track.getCodec();
  const decoderConfig = await track.getDecoderConfig();
  if (codec === null || decoderConfig === null) throw new NotSparse('codec', 'an unknown one');
  const { displayAspectWidth: w = 1, displayAspectHeight: h = 1, ...square } = decoderConfig;
  const { codedWidth = 1, codedHeight = 1 } = decoderConfig;
  const aspect = (w * codedHeight) / (h * codedWidth);
  const sensible = aspect < MAX_ASPECT && aspect > 1 / MAX_ASPECT;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const source = new EncodedVideoPacketSource(codec);
  const [rotation, flip] = [await track.getRotation(), await track.getFlip()];
  output.addVideoTrack(source, { rotation, flip });
  await output.start();
  await source.add(packet.clone({ timestamp: 0, duration: 1 }), {
    decoderConfig: sensible ? decoderConfig : square,
  });
  await output.finalize();
  if (!target.buffer) throw new NotSparse('parser', 'it writes no file');
  return new Uint8Array(target.buffer);
}

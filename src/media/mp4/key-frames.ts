import {
  BufferTarget,
  type EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { PartialReadError } from '../fallback.ts';
import { momentsToTry } from '../ffmpeg/picture.ts';
import type { OpenClip } from './open.ts';

/** A key frame, as the only frame of a new MP4 file. */
export interface KeyFrame {
  mp4: Uint8Array;
  /** The size of the encoded frame, in bytes. */
  frameBytes: number;
  /** Seconds from the start of the clip. */
  atSeconds: number;
}

/** The largest frame that is read. A key frame of 8K video takes 1 to 4 MB. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** A pixel aspect ratio beyond 16:1 is a mistake or an attack. */
const MAX_PIXEL_ASPECT = 16;

/**
 * Yields the key frame before each moment of `momentsToTry`. A frame is fetched only when the caller requests it. In a
 * fragmented file, only frames of the first fragments are available.
 * @throws PartialReadError, and the errors of the clip's source
 */
export async function* keyFrames(
  clip: OpenClip,
  durationSeconds: number | undefined,
): AsyncGenerator<KeyFrame> {
  const reachableSeconds = clip.fragments.seconds || Infinity;
  const length = Math.min(durationSeconds ?? Infinity, reachableSeconds);
  const seen = new Set<number>();
  for (const moment of momentsToTry(length < Infinity ? length : undefined)) {
    const { sequenceNumber, timestamp, byteLength } = await keyPacketAt(clip, moment);
    if (seen.has(sequenceNumber)) continue;
    seen.add(sequenceNumber);
    if (byteLength > MAX_FRAME_BYTES)
      throw new PartialReadError('limits', 'a key frame is too large');
    const packet = await clip.packets.getKeyPacket(timestamp);
    if (packet === null) continue;
    // Check the frame itself, because the table of key frames may be wrong.
    if ((await clip.track.determinePacketType(packet)) === 'delta') continue;
    yield {
      mp4: await oneFrameFile(clip, packet),
      frameBytes: byteLength,
      atSeconds: packet.timestamp,
    };
  }
}

/** Finds the key frame before a moment, without fetching its data. */
async function keyPacketAt({ packets }: OpenClip, moment: number): Promise<EncodedPacket> {
  const options = { metadataOnly: true };
  const packet =
    (await packets.getKeyPacket(moment, options)) ?? (await packets.getFirstKeyPacket(options));
  if (packet === null) throw new PartialReadError('no-key-frame', 'no key frame was found');
  // An edit list hides the frames before time 0. Players decode these frames but don't show them.
  const shown = packet.timestamp < 0 ? await packets.getNextKeyPacket(packet, options) : packet;
  return shown ?? packet;
}

async function oneFrameFile({ track }: OpenClip, packet: EncodedPacket): Promise<Uint8Array> {
  const codec = await track.getCodec();
  const decoderConfig = await track.getDecoderConfig();
  if (codec === null || decoderConfig === null)
    throw new PartialReadError('codec', 'the codec is unknown');
  const {
    displayAspectWidth: width = 1,
    displayAspectHeight: height = 1,
    ...squarePixels
  } = decoderConfig;
  const { codedWidth = 1, codedHeight = 1 } = decoderConfig;
  const pixelAspect = (width * codedHeight) / (height * codedWidth);
  const isSensible = pixelAspect < MAX_PIXEL_ASPECT && pixelAspect > 1 / MAX_PIXEL_ASPECT;
  const target = new BufferTarget();
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'in-memory' }), target });
  const source = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(source, {
    rotation: await track.getRotation(),
    flip: await track.getFlip(),
  });
  await output.start();
  await source.add(packet.clone({ timestamp: 0, duration: 1 }), {
    decoderConfig: isSensible ? decoderConfig : squarePixels,
  });
  await output.finalize();
  if (!target.buffer) throw new PartialReadError('parser', 'Mediabunny wrote no file');
  return new Uint8Array(target.buffer);
}

import {
  BufferTarget,
  type EncodedPacket,
  EncodedVideoPacketSource,
  type InputVideoTrack,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { PartialReadError } from '../fallback.ts';
import { startingAnew } from '../video/key-frame.ts';

/** A pixel aspect ratio beyond 16:1 is a mistake or an attack. */
const MAX_PIXEL_ASPECT = 16;

/**
 * Writes packets of a track into a new MP4 file, whose first frame is at 0 s.
 * @param packets the packets with their data, in decoding order. The first packet is a key frame
 * @throws PartialReadError if the codec is unknown
 */
export async function writeExcerpt(
  track: InputVideoTrack,
  packets: readonly EncodedPacket[],
): Promise<Uint8Array> {
  const [first] = packets;
  if (!first) throw new PartialReadError('no-key-frame', 'there is no frame to write');
  if (packets.length === 1) return writeFile(track, [first.clone({ timestamp: 0, duration: 1 })]);
  const shifted = packets
    .map((packet) => {
      const timestamp = packet.timestamp - first.timestamp;
      // Mediabunny refuses a second key frame whose group contains earlier timestamps. ffmpeg needs only the first.
      return packet.clone({ timestamp, type: packet === first ? 'key' : 'delta' });
    })
    // Frames that are shown before their key frame need the previous key frame, so they can't be decoded here.
    .filter(({ timestamp }) => timestamp >= 0);
  return writeFile(track, shifted);
}

/**
 * Writes key frames into a new MP4 file, one for each second, in the given order.
 * @param frames the packets with their data, all of the same track or of fragments of that track
 * @throws PartialReadError if the codec is unknown
 */
export async function writeKeyFrames(
  track: InputVideoTrack,
  frames: readonly EncodedPacket[],
): Promise<Uint8Array> {
  const { description } = ((await track.getDecoderConfig()) ?? {}) as { description?: Uint8Array };
  const codec = (await track.getCodec()) ?? '';
  const packets = frames.map((frame, second) =>
    frame.clone({
      timestamp: second,
      duration: 1,
      type: 'key',
      data: startingAnew(codec, description, frame.data),
    }),
  );
  return writeFile(track, packets);
}

/** Writes packets into a new MP4 file without changing them. */
async function writeFile(
  track: InputVideoTrack,
  packets: readonly EncodedPacket[],
): Promise<Uint8Array> {
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
  const meta = { decoderConfig: isSensible ? decoderConfig : squarePixels };
  for (const packet of packets) await source.add(packet, packet === packets[0] ? meta : undefined);
  await output.finalize();
  if (!target.buffer) throw new PartialReadError('parser', 'Mediabunny wrote no file');
  return new Uint8Array(target.buffer);
}

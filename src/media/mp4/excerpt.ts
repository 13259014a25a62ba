import {
  BufferTarget,
  type EncodedPacket,
  EncodedVideoPacketSource,
  type InputVideoTrack,
  Mp4OutputFormat,
  Output,
} from 'mediabunny';
import { PartialReadError } from '../fallback.ts';

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
  const codec = await track.getCodec();
  const decoderConfig = await track.getDecoderConfig();
  const [first] = packets;
  if (codec === null || decoderConfig === null || !first)
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
  if (packets.length === 1) {
    await source.add(first.clone({ timestamp: 0, duration: 1 }), meta);
  } else {
    for (const packet of packets) {
      const timestamp = packet.timestamp - first.timestamp;
      // Frames that are shown before their key frame need the previous key frame, so they can't be decoded here.
      if (timestamp < 0) continue;
      // Mediabunny refuses a second key frame whose group contains earlier timestamps. ffmpeg needs only the first.
      const type = packet === first ? 'key' : 'delta';
      await source.add(packet.clone({ timestamp, type }), packet === first ? meta : undefined);
    }
  }
  await output.finalize();
  if (!target.buffer) throw new PartialReadError('parser', 'Mediabunny wrote no file');
  return new Uint8Array(target.buffer);
}

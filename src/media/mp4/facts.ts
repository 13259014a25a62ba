import type { MediaFacts } from '../../clip/state.ts';
import { sensibleFacts } from '../facts.ts';
import type { OpenClip } from './open.ts';

/** Records use ffprobe's names of codecs, which differ from Mediabunny's names. */
const CODEC_NAMES: Record<string, string> = { avc: 'h264' };
/** How many packets are used to measure the frame rate. */
const SAMPLE_PACKETS = 30;
/** `mvhd` counts seconds from 1904 (ISO/IEC 14496-12, 8.2.2). */
const SECONDS_1904_TO_1970 = 2_082_844_800;

/** Reads the facts in a clip's index, without fetching a frame. */
export async function readFacts(clip: OpenClip): Promise<MediaFacts> {
  const { moov, track, size } = clip;
  const codec = await track.getCodec();
  const width = await track.getCodedWidth();
  const height = await track.getCodedHeight();
  const isSideways = (await track.getRotation()) % 180 !== 0;
  return sensibleFacts({
    durationSeconds: durationOf(clip),
    width: isSideways ? height : width,
    height: isSideways ? width : height,
    ...(codec === null ? {} : { codec: CODEC_NAMES[codec] ?? codec }),
    frameRate: await frameRateOf(clip),
    sizeBytes: size,
    hasAudio: moov.hasAudio,
    createdAt: moov.createdAt === 0 ? 0 : moov.createdAt - SECONDS_1904_TO_1970,
  });
}

/** Returns the duration in seconds, or 0 if the index gives no duration. */
function durationOf({ moov, fragments }: OpenClip): number {
  const { video, durationSeconds } = moov;
  if (durationSeconds > 0) return durationSeconds;
  const ticks = video.duration || video.timedDuration;
  return ticks > 0 && video.timescale > 0 ? ticks / video.timescale : fragments.totalSeconds;
}

/** Returns frames per second, or 0 if the index gives no times. */
async function frameRateOf({ moov, track }: OpenClip): Promise<number> {
  const { timedSamples, timedDuration, timescale } = moov.video;
  if (timedDuration > 0) return (timedSamples * timescale) / timedDuration;
  if (!moov.isFragmented) return 0;
  return (await track.computePacketStats(SAMPLE_PACKETS)).averagePacketRate;
}

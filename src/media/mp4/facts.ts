import type { MediaFacts } from '../../clip/state.ts';
import type { OpenClip } from './open.ts';
import { sensibleFacts } from '../facts.ts';

/** ffprobe's names, which the records of earlier clips have. */
const CODEC_NAMES: Record<string, string> = { avc: 'h264' };
/** Enough to tell a frame rate. */
const SAMPLE_PACKETS = 30;

/** What a clip's index says of it: no frame is read. */
export async function sparseFacts(clip: OpenClip): Promise<MediaFacts> {
  const { scanned, track, size } = clip;
  const [codec, rotation] = [await track.getCodec(), await track.getRotation()];
  const [width, height] = [await track.getCodedWidth(), await track.getCodedHeight()];
  const turned = rotation % 180 !== 0;
  return sensibleFacts({
    durationSeconds: durationOf(clip),
    width: turned ? height : width,
    height: turned ? width : height,
    ...(codec === null ? {} : { codec: CODEC_NAMES[codec] ?? codec }),
    frameRate: await frameRateOf(clip),
    sizeBytes: size,
    hasAudio: scanned.hasAudio,
    createdAt: scanned.createdAt === 0 ? 0 : scanned.createdAt - SECONDS_1904_TO_1970,
  });
}

/** `mvhd` counts from 1904 (ISO/IEC 14496-12, 8.2.2). */
const SECONDS_1904_TO_1970 = 2_082_844_800;

/** In seconds; 0 where the index doesn't tell. */
function durationOf({ scanned, fragments }: OpenClip): number {
  const { video, durationSeconds } = scanned;
  if (durationSeconds > 0) return durationSeconds;
  const ticks = video.duration || video.timedDuration;
  return ticks > 0 && video.timescale > 0 ? ticks / video.timescale : fragments.totalSeconds;
}

async function frameRateOf({ scanned, track }: OpenClip): Promise<number> {
  const { timedSamples, timedDuration, timescale } = scanned.video;
  if (timedDuration > 0) return (timedSamples * timescale) / timedDuration;
  if (!scanned.fragmented) return 0;
  return (await track.computePacketStats(SAMPLE_PACKETS)).averagePacketRate;
}

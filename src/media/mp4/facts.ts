import type { MediaFacts } from '../../clip/state.ts';
import { sensibleFacts } from '../facts.ts';
import { codecOfSampleEntry } from '../video/codecs.ts';
import type { OpenClip } from './open.ts';

/** Records use ffprobe's names of codecs, which differ from Mediabunny's names. */
const CODEC_NAMES: Record<string, string> = { avc: 'h264' };
/** `mvhd` counts seconds from 1904 (ISO/IEC 14496-12, 8.2.2). */
const SECONDS_1904_TO_1970 = 2_082_844_800;

/** Reads the facts in a clip's index, without fetching a frame. */
export async function readFacts(clip: OpenClip): Promise<MediaFacts> {
  const { moov, track, size } = clip;
  const codec = await codecOf(clip);
  const width = await track.getCodedWidth();
  const height = await track.getCodedHeight();
  const isSideways = (await track.getRotation()) % 180 !== 0;
  return sensibleFacts({
    durationSeconds: durationOf(clip),
    width: isSideways ? height : width,
    height: isSideways ? width : height,
    ...(codec === null ? {} : { codec: CODEC_NAMES[codec] ?? codec }),
    frameRate: frameRateOf(clip),
    sizeBytes: size,
    hasAudio: moov.hasAudio,
    createdAt: moov.createdAt === 0 ? 0 : moov.createdAt - SECONDS_1904_TO_1970,
  });
}

/** Returns Mediabunny's name of the codec. Mediabunny cannot name the codec of an encrypted video. */
async function codecOf({ moov, track }: OpenClip): Promise<string | null> {
  const codec = await track.getCodec();
  if (codec !== null || !moov.traits.isEncrypted) return codec;
  return codecOfSampleEntry(moov.video.entries[0]?.name ?? '');
}

/**
 * Returns the duration in seconds, or 0 if the index gives no duration. If all fragments were read, their frames are
 * counted, because headers of fragmented files are often wrong.
 */
function durationOf({ moov, fragments }: OpenClip): number {
  const { video, durationSeconds } = moov;
  if (fragments.isComplete && fragments.seconds > 0) return fragments.seconds;
  if (durationSeconds > 0) return durationSeconds;
  const ticks = video.duration || video.timedDuration;
  return ticks > 0 && video.timescale > 0 ? ticks / video.timescale : fragments.totalSeconds;
}

/** Returns frames per second, or 0 if the index gives no times. */
function frameRateOf({ moov, fragments }: OpenClip): number {
  const { timedSamples, timedDuration, timescale } = moov.video;
  if (timedDuration > 0) return (timedSamples * timescale) / timedDuration;
  const { frames = 0, ticks = 0 } = fragments.timing ?? {};
  return ticks > 0 ? (frames * timescale) / ticks : 0;
}

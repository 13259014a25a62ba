import { stat } from 'node:fs/promises';
import type { MediaFacts } from '../../clip/state.ts';
import { mediaUnreadable } from '../../errors.ts';
import { sensibleFacts } from '../facts.ts';
import { type Colours, coloursOf, type HdrTransfer } from '../video/colours.ts';
import { printableName, type VideoTraits } from '../video/readable.ts';
import { isSideways } from '../video/rotation.ts';
import { requireDecodedCodec } from './limits.ts';
import { type ProbeOptions, runFfprobe } from './run-ffprobe.ts';

export interface Probed {
  facts: MediaFacts;
  /** The index of the video's stream. */
  stream: number;
  colours: Colours;
  traits: VideoTraits;
  /** The file's first timestamp, in seconds. ffmpeg adds it to the time to seek to. */
  startSeconds: number;
}

/** The parts of ffprobe's answer that are used here. */
interface Format {
  duration?: string;
  start_time?: string;
  tags?: { creation_time?: string };
}

interface Stream {
  index: number;
  codec_type?: string;
  codec_name?: string;
  codec_tag_string?: string;
  width?: number;
  height?: number;
  avg_frame_rate?: string;
  color_space?: string;
  color_transfer?: string;
  disposition?: { attached_pic?: number; default?: number };
  side_data_list?: SideData[];
  tags?: { rotate?: string; enc_key_id?: string };
}

interface SideData {
  side_data_type?: string;
  rotation?: number;
  dv_profile?: number;
  dv_bl_signal_compatibility_id?: number;
}

interface Packet {
  stream_index: number;
  side_data_list?: SideData[];
}

interface Output {
  format?: Format;
  streams?: Stream[];
  packets?: Packet[];
}

const ENTRIES = [
  'format=duration,start_time',
  'format_tags=creation_time',
  'stream=index,codec_type,codec_name,codec_tag_string,width,height,avg_frame_rate,color_space,color_transfer',
  'stream_disposition=attached_pic,default',
  'stream_side_data=rotation,dv_profile,dv_bl_signal_compatibility_id',
  'stream_tags=rotate,enc_key_id',
  'packet=stream_index',
  'packet_side_data=side_data_type',
].join(':');
/** How many packets are read in order to find out whether the video is encrypted, counting the sound's packets. */
const MAX_PACKETS = 32;
const HDR_NAMES: Record<string, HdrTransfer> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' };
/** How ffprobe names a codec that it does not know. */
const UNKNOWN_CODECS: readonly (string | undefined)[] = [undefined, 'none', 'unknown'];

/**
 * Reads a local file's facts with ffprobe.
 * @throws MediaUnreadable (also if no allowed decoder decodes the video), ServiceFailed (ffprobe cannot be run), and the
 * signal's reason. ffprobe has always ended before the error is thrown.
 */
export async function probe(
  ffprobePath: string,
  file: string,
  options: ProbeOptions,
): Promise<Probed> {
  const interval = `%+#${MAX_PACKETS}`;
  const args = ['-show_entries', ENTRIES, '-read_intervals', interval, '-of', 'json'];
  const output = await runFfprobe(ffprobePath, file, args, options);
  const { format, streams = [], packets = [] } = parseOutput(output);
  // ffprobe reports cover art as a video stream.
  const videos = streams.filter(
    (stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1,
  );
  // ffprobe calls a track default if the track's header says that players show it.
  const video = videos.find((stream) => stream.disposition?.default === 1) ?? videos[0];
  if (!video) throw mediaUnreadable('the file contains no video');
  const codec = video.codec_name;
  if (codec !== undefined && !UNKNOWN_CODECS.includes(codec)) requireDecodedCodec(codec);
  const hasAudio = streams.some((stream) => stream.codec_type === 'audio');
  const { size } = await stat(file);
  const firstPacket = packets.find((packet) => packet.stream_index === video.index);
  return {
    stream: video.index,
    colours: coloursOf({
      hdr: HDR_NAMES[video.color_transfer ?? ''] ?? null,
      hasMatrix: ![undefined, 'unknown'].includes(video.color_space),
      width: video.width ?? 0,
      height: video.height ?? 0,
    }),
    traits: traitsOf(video, firstPacket),
    facts: factsOf(video, { ...format }, size, hasAudio),
    startSeconds: Number(format?.start_time) || 0,
  };
}

function traitsOf(video: Stream, firstPacket: Packet | undefined): VideoTraits {
  const sideData = video.side_data_list?.find(({ dv_profile }) => dv_profile !== undefined);
  const isEncryptedPacket = firstPacket?.side_data_list?.some(
    ({ side_data_type }) => side_data_type === 'Encryption info',
  );
  const isUnknown = UNKNOWN_CODECS.includes(video.codec_name);
  return {
    // The tag is how ffprobe reports an encrypted track of a Matroska or WebM file.
    isEncrypted: isEncryptedPacket === true || video.tags?.enc_key_id !== undefined,
    dolbyVision:
      sideData === undefined
        ? null
        : {
            profile: sideData.dv_profile ?? 0,
            compatibilityId: sideData.dv_bl_signal_compatibility_id ?? 0,
          },
    unknownCodec: isUnknown ? tagName(video.codec_tag_string) : null,
  };
}

/** Returns a codec's name in the file, or '' if it has no printable name, which ffprobe writes as `[0][0][0][0]`. */
function tagName(tag = ''): string {
  return tag.includes('[') ? '' : printableName(tag);
}

function factsOf(video: Stream, format: Format, sizeBytes: number, hasAudio: boolean): MediaFacts {
  const [frames = 0, seconds = 0] = (video.avg_frame_rate ?? '').split('/').map(Number);
  const { width = 0, height = 0, codec_name: codec } = video;
  const rotation = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  const isTurned = isSideways(Number(rotation ?? video.tags?.rotate ?? 0));
  return sensibleFacts({
    durationSeconds: Number(format.duration ?? Number.NaN),
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    ...(codec && codec !== 'unknown' ? { codec } : {}),
    frameRate: frames / seconds,
    sizeBytes,
    hasAudio,
    createdAt: Date.parse(format.tags?.creation_time ?? '') / 1000,
  });
}

function parseOutput(json: string): Output {
  try {
    return JSON.parse(json) as Output;
  } catch {
    throw mediaUnreadable('the file is not a readable video');
  }
}

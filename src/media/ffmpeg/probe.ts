import { stat } from 'node:fs/promises';
import type { MediaFacts } from '../../clip/state.ts';
import { mediaUnreadable } from '../../errors.ts';
import type { HdrTransfer } from './filter.ts';
import { type ProbeOptions, runFfprobe } from './run-ffprobe.ts';
import { sensibleFacts } from '../facts.ts';

const ENTRIES =
  'format=duration:stream=index,codec_type,codec_name,width,height,avg_frame_rate,color_transfer' +
  ':stream_disposition=attached_pic:stream_side_data=rotation:stream_tags=rotate' +
  ':format_tags=creation_time';

export interface Probed {
  facts: MediaFacts;
  /** Index of the stream that is the video. */
  stream: number;
  hdr: HdrTransfer | null;
}

interface Format {
  duration?: string;
  tags?: { creation_time?: string };
}

interface Stream {
  index: number;
  codec_type?: string;
  codec_name?: string;
  width?: number;
  height?: number;
  avg_frame_rate?: string;
  color_transfer?: string;
  disposition?: { attached_pic?: number };
  side_data_list?: { rotation?: number }[];
  tags?: { rotate?: string };
}

/**
 * Reads a local file's facts with ffprobe.
 * @throws MediaUnreadable, ServiceFailed (no ffprobe), and the signal's reason
 */
export async function probe(
  ffprobePath: string,
  file: string,
  options: ProbeOptions,
): Promise<Probed> {
  const output = await runFfprobe(ffprobePath, file, ENTRIES, options);
  const { format, streams = [] } = parse(output);
  // Cover art counts as a video stream of one picture.
  const video = streams.find(
    (stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1,
  );
  if (!video) throw mediaUnreadable('the file holds no video');
  const hasAudio = streams.some((stream) => stream.codec_type === 'audio');
  const { size } = await stat(file);
  const hdr = HDR_NAMES[video.color_transfer ?? ''] ?? null;
  return { stream: video.index, hdr, facts: factsOf(video, { ...format }, size, hasAudio) };
}

const HDR_NAMES: Record<string, HdrTransfer> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' };

function factsOf(video: Stream, format: Format, sizeBytes: number, hasAudio: boolean): MediaFacts {
  const [frames = 0, per = 0] = (video.avg_frame_rate ?? '').split('/').map(Number);
  const { width = 0, height = 0, codec_name: codec } = video;
  const side = video.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation;
  const quarters = Math.round(Number(side ?? video.tags?.rotate ?? 0) / 90);
  const turned = quarters % 2 !== 0;
  return sensibleFacts({
    durationSeconds: Number(format.duration ?? Number.NaN),
    width: turned ? height : width,
    height: turned ? width : height,
    ...(codec && codec !== 'unknown' ? { codec } : {}),
    frameRate: frames / per,
    ...{ sizeBytes, hasAudio },
    createdAt: Date.parse(format.tags?.creation_time ?? '') / 1000,
  });
}

function parse(json: string): { format?: Format; streams?: Stream[] } {
  try {
    return JSON.parse(json) as ReturnType<typeof parse>;
  } catch {
    throw mediaUnreadable('the file is no video that can be read');
  }
}

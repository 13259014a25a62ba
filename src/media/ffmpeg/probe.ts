import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { MediaFacts } from '../../clip/state.ts';
import { mediaUnreadable } from '../../errors.ts';
import { sensibleFacts } from '../facts.ts';
import type { Demuxer } from '../sniff.ts';
import type { HdrTransfer } from './filter.ts';
import { inputLimits, limitedCommand, MAX_PIXELS, refusedCodec } from './limits.ts';
import { toolFailure } from './run.ts';

export interface ProbeOptions {
  demuxer: Demuxer;
  signal: AbortSignal;
  timeoutMs: number;
}

export interface Probed {
  facts: MediaFacts;
  /** The index of the video's stream. */
  stream: number;
  /** Null if the video is not HDR. */
  hdr: HdrTransfer | null;
}

/** The parts of ffprobe's answer that are used here. */
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

const ENTRIES =
  'format=duration:stream=index,codec_type,codec_name,width,height,avg_frame_rate,color_transfer' +
  ':stream_disposition=attached_pic:stream_side_data=rotation:stream_tags=rotate' +
  ':format_tags=creation_time';
const MAX_OUTPUT_BYTES = 1024 * 1024;
const HDR_NAMES: Record<string, HdrTransfer> = { smpte2084: 'pq', 'arib-std-b67': 'hlg' };
const UNREADABLE = 'the file is not a readable video';

/**
 * Reads a local file's facts with ffprobe.
 * @throws MediaUnreadable, ServiceFailed (ffprobe cannot be run), and the signal's reason. ffprobe has always ended
 * before the error is thrown.
 */
export async function probe(
  ffprobePath: string,
  file: string,
  options: ProbeOptions,
): Promise<Probed> {
  const args = ['-show_entries', ENTRIES, '-of', 'json'];
  const output = await runFfprobe(ffprobePath, file, args, options);
  const { format, streams = [] } = parseOutput(output);
  // ffprobe reports cover art as a video stream.
  const video = streams.find(
    (stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1,
  );
  if (!video) throw mediaUnreadable('the file contains no video');
  const hasAudio = streams.some((stream) => stream.codec_type === 'audio');
  const { size } = await stat(file);
  return {
    stream: video.index,
    hdr: HDR_NAMES[video.color_transfer ?? ''] ?? null,
    facts: factsOf(video, { ...format }, size, hasAudio),
  };
}

function factsOf(video: Stream, format: Format, sizeBytes: number, hasAudio: boolean): MediaFacts {
  const [frames = 0, seconds = 0] = (video.avg_frame_rate ?? '').split('/').map(Number);
  const { width = 0, height = 0, codec_name: codec } = video;
  const rotation = video.side_data_list?.find((data) => data.rotation !== undefined)?.rotation;
  const quarterTurns = Math.round(Number(rotation ?? video.tags?.rotate ?? 0) / 90);
  const isSideways = quarterTurns % 2 !== 0;
  return sensibleFacts({
    durationSeconds: Number(format.duration ?? Number.NaN),
    width: isSideways ? height : width,
    height: isSideways ? width : height,
    ...(codec && codec !== 'unknown' ? { codec } : {}),
    frameRate: frames / seconds,
    sizeBytes,
    hasAudio,
    createdAt: Date.parse(format.tags?.creation_time ?? '') / 1000,
  });
}

function parseOutput(json: string): { format?: Format; streams?: Stream[] } {
  try {
    return JSON.parse(json) as ReturnType<typeof parseOutput>;
  } catch {
    throw mediaUnreadable(UNREADABLE);
  }
}

/**
 * Runs ffprobe on a local file and returns its output.
 * @param more arguments that say what to print
 * @throws MediaUnreadable, ServiceFailed (ffprobe cannot be run), and the signal's reason
 */
export function runFfprobe(
  ffprobePath: string,
  file: string,
  more: readonly string[],
  { demuxer, signal, timeoutMs }: ProbeOptions,
): Promise<string> {
  // Allow more pixels than ffmpeg may decode, so that the failure can say how many pixels the video has.
  const limits = inputLimits(demuxer, 4 * MAX_PIXELS);
  const [program, ...firstArgs] = limitedCommand(ffprobePath);
  const args = [
    ...firstArgs,
    ...['-v', 'error', '-threads', '1', ...limits],
    ...[...more, '-i', `file:${basename(file)}`],
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        cwd: dirname(file),
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        signal.removeEventListener('abort', kill);
        if (signal.aborted) reject(signal.reason as Error);
        else if (!error) resolve(stdout);
        else if (error.killed && error.signal === 'SIGKILL')
          reject(mediaUnreadable('reading the video timed out'));
        else
          reject(
            toolFailure(error as NodeJS.ErrnoException, 'ffprobe') ??
              refusedCodec(stderr) ??
              mediaUnreadable(UNREADABLE),
          );
      },
    );
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.stdin?.end();
  });
}

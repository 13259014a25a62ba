import type { ApplicationFailure } from '@temporalio/common';
import type { MediaFacts } from '../../clip/state.ts';
import { mediaTooLarge, mediaUnreadable } from '../../errors.ts';
import type { Demuxer } from '../sniff.ts';
import { currentSandbox, type Sandbox } from './sandbox/sandbox.ts';

/** The number of pixels in an 8K frame. The height is a multiple of 64, because some codecs round 4320 up. */
export const MAX_PIXELS = 7680 * 4352;
/** The most bytes that ffmpeg may allocate at once. A decoded 8K frame with 10 bits takes 100 MB. */
const MAX_ALLOC_BYTES = 256 * 1024 * 1024;
/** The most memory that ffmpeg or ffprobe may use, in bytes. One thread needs 300 MB to decode 8K with 10 bits. */
const MAX_CHILD_BYTES = 400 * 1024 * 1024;

/** ffmpeg opens its input and three outputs. The rest is for shared libraries, which the loader opens one at a time. */
const MAX_OPEN_FILES = 64;
/** The most bytes that ffmpeg may write to one file. A picture may have 8 MB. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** The unit of `ulimit -f` in POSIX. Some shells count blocks of 1024 bytes, which doubles the limit. */
const ULIMIT_BLOCK_BYTES = 512;

/** The time that ffprobe and ffmpeg may take for one clip, together. */
export const TIME_LIMIT_MS = 20_000;
/**
 * The most CPU time that ffmpeg or ffprobe may use. The time limit ends the programs earlier, unless this process dies.
 */
const MAX_CPU_SECONDS = TIME_LIMIT_MS / 1000 + 5;

/**
 * The decoders that ffmpeg and ffprobe may open. All decoders that are missing here are refused, because most of the
 * memory errors of ffmpeg were in decoders that no clip needs. ffmpeg ignores names that it does not know.
 *
 * These are the names of decoders, not of codecs: AV1 is `libdav1d` in most builds, and `libaom-av1` in builds without
 * dav1d. ffmpeg's own `av1` only works with graphics hardware. Some builds decode H.264 only with `libopenh264`.
 */
export const VIDEO_DECODERS = [
  ...['h264', 'libopenh264', 'hevc', 'libdav1d', 'libaom-av1', 'vp8', 'vp9'],
  ...['mpeg4', 'h263', 'mpeg1video', 'mpeg2video', 'mjpeg', 'prores'],
];
/** The decoders of common sound and subtitles. ffprobe opens a decoder for every stream. */
const OTHER_DECODERS = [
  ...[
    'aac',
    'libfdk_aac',
    'mp3',
    'mp3float',
    'mp2',
    'mp2float',
    'ac3',
    'eac3',
    'dca',
    'alac',
    'flac',
  ],
  ...[
    'opus',
    'libopus',
    'vorbis',
    'libvorbis',
    'amrnb',
    'libopencore_amrnb',
    'amrwb',
    'libopencore_amrwb',
  ],
  ...['adpcm_ima_qt', 'pcm_alaw', 'pcm_mulaw', 'pcm_u8', 'pcm_s8', 'pcm_s16le', 'pcm_s16be'],
  ...['pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_s32be', 'pcm_f32le', 'pcm_f32be', 'pcm_f64le'],
  ...['mov_text', 'ass', 'ssa', 'srt', 'subrip', 'text', 'webvtt'],
];
const DECODERS = [...VIDEO_DECODERS, ...OTHER_DECODERS].join(',');
/** The decoders of cover art, which ffprobe reports as a video stream. */
const COVER_DECODERS = ['png', 'bmp', 'gif', 'webp', 'tiff'];

/** @throws MediaTooLarge if the video has more pixels than 8K */
export function requireMaxPixels({ width = 0, height = 0 }: MediaFacts): void {
  if (width * height > MAX_PIXELS)
    throw mediaTooLarge(`the video has ${width} × ${height} pixels; the limit is 7680 × 4320`);
}

/**
 * Returns the options of ffmpeg and ffprobe that go before `-i`. The options allow only one demuxer and only local
 * files, because a clip can name other files and hosts (playlists, data references). The options also allow only the
 * decoders that clips need.
 */
export function inputLimits(demuxer: Demuxer, maxPixels: number): string[] {
  return [
    ...['-protocol_whitelist', 'file'],
    ...['-f', demuxer],
    ...['-codec_whitelist', DECODERS],
    ...['-max_alloc', String(MAX_ALLOC_BYTES)],
    ...['-max_pixels', String(maxPixels)],
  ];
}

export interface CommandOptions {
  cpuSeconds?: number;
  /** The sandbox of this process by default. Null if the program must run without a sandbox. */
  sandbox?: Sandbox | null;
}

/**
 * Returns the names of the decoders that ffprobe was not allowed to open, according to its messages. If ffprobe gave up,
 * it gave up because of the last decoder.
 */
export function refusedDecoders(messages: string): string[] {
  return [...messages.matchAll(/Codec \((\w+)\) not on whitelist/g)].map(([, name = '']) => name);
}

/**
 * Returns ffprobe's options for a file whose sound, subtitles or cover art need other decoders than clips need. ffprobe
 * reports nothing unless it can open a decoder for every stream. With these options it opens the decoders, but gives
 * them no bytes to decode: an option for some streams changes the list of the decoders, not the list of the file, and
 * ffprobe reads ahead only with the file's list (`codec_whitelist` in `avformat_find_stream_info`).
 *
 * A decoder for video other than cover art is still not opened. Put the options after `inputLimits`.
 */
export function openOnly(decoders: readonly string[]): string[] {
  const covers = decoders.filter((name) => COVER_DECODERS.includes(name));
  const listWith = (names: readonly string[]): string => [DECODERS, ...names].join(',');
  return [
    ...['-codec_whitelist:a', listWith(decoders), '-codec_whitelist:s', listWith(decoders)],
    ...['-codec_whitelist:v', listWith(covers)],
  ];
}

/**
 * Checks the codec of a video, as ffprobe names it. The ffmpeg of the image has only the decoders that clips need, so
 * its ffprobe opens no other decoder and reports no refusal.
 * @throws MediaUnreadable if none of the allowed decoders decodes the codec
 */
export function requireDecodedCodec(codec: string): void {
  if (!VIDEO_DECODERS.includes(codec) && codec !== 'av1') throw codecNotDecoded(codec);
}

export function codecNotDecoded(codec: string): ApplicationFailure {
  return mediaUnreadable(`the file uses the codec ${codec}, which Everclip does not decode`);
}

/**
 * Returns a command line that makes the operating system limit `program`: memory, CPU time, open files, the size of
 * written files, and no core dumps. The limits apply even if this process is killed. If the system does not support a
 * limit, the program runs without it. The number of processes is limited only in a sandbox; `sandbox.ts` says why.
 *
 * The memory limit is RLIMIT_DATA, which includes private mappings since Linux 4.7.
 */
export function limitedCommand(
  program: string,
  { cpuSeconds = MAX_CPU_SECONDS, sandbox = currentSandbox() }: CommandOptions = {},
): [program: string, ...args: string[]] {
  const script = [
    ...(sandbox?.steps ?? []),
    `ulimit -d ${MAX_CHILD_BYTES / 1024} 2>/dev/null`,
    `ulimit -n ${MAX_OPEN_FILES} 2>/dev/null`,
    `ulimit -f ${MAX_FILE_BYTES / ULIMIT_BLOCK_BYTES} 2>/dev/null`,
    'ulimit -c 0 2>/dev/null',
    // At the soft limit the program gets SIGXCPU, which it may handle; at the hard limit it gets SIGKILL.
    `ulimit -t ${cpuSeconds + 2} 2>/dev/null`,
    `ulimit -S -t ${cpuSeconds} 2>/dev/null`,
    `exec ${sandbox?.end ?? ''} "$0" "$@"`,
  ];
  const [first, ...args] = [...(sandbox?.start ?? []), '/bin/sh', '-c', script.join('; '), program];
  return [first, ...args];
}

/**
 * The time that ffprobe and ffmpeg have left for one clip. Time counts only while one of these programs runs, because a
 * slow server is not the clip's fault.
 */
export class TimeBudget {
  #leftMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
  }

  /** Runs a program and subtracts the time that the program took. The program must end within `timeoutMs`. */
  async spend<T>(program: (timeoutMs: number) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      // For child_process a timeout of 0 means no timeout.
      return await program(Math.max(1, Math.ceil(this.#leftMs)));
    } finally {
      this.#leftMs -= performance.now() - startedAt;
    }
  }
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ThumbnailFormat } from '../../config.ts';
import type { Colours, HdrTransfer } from '../video/colours.ts';

/** The size, in pixels, of the greyscale copy in which the contrast is measured. */
export const GREY = { width: 64, height: 36 };

/**
 * The most pixels of a thumbnail's longer side. Cards of the library are 329 CSS pixels wide, so a screen with two pixels
 * for each of them needs about this width.
 */
export const MAX_THUMBNAIL_SIDE = 640;
/** The most pixels of a poster image's longer side. */
export const MAX_POSTER_SIDE = 1280;
/** The layout of a storyboard. A cell's sizes are in pixels. */
export const SPRITE = { columns: 5, rows: 2, cellWidth: 320, cellHeight: 180 };
/** The size, in pixels, of the copies of a storyboard's frames by which the frames are counted. */
export const COUNTED = { width: 16, height: 16 };

/** Returns the ffmpeg filter that scales a video to square pixels, with a longer side of at most `side` pixels. */
function shrinkTo(side: number): string {
  // The factor is at most 1, so a small video is not enlarged. `sar` is the pixel aspect ratio.
  const factor = `min(1,${side}/max(iw*sar,ih))`;
  return `scale=w='max(1,round(iw*sar*${factor}))':h='max(1,round(ih*${factor}))'`;
}

/**
 * Scales to square pixels so that a frame fits exactly into a cell of a storyboard. Width and height are even, so that
 * the frame can be placed exactly in a picture whose colours have half its size.
 */
const CELL_SIZE = `scale=w='max(2,2*round(min(${SPRITE.cellWidth},${SPRITE.cellHeight}*iw*sar/ih)/2))':h='max(2,2*round(min(${SPRITE.cellHeight},${SPRITE.cellWidth}*ih/(iw*sar))/2))'`;

/** Converts the colours. Programs always interpret WebP and JPEG as BT.601. PNG stores RGB. */
const COLOURS: Record<ThumbnailFormat, string> = {
  webp: 'scale=out_color_matrix=bt601:out_range=tv,format=yuv420p',
  jpeg: 'scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p',
  png: 'format=rgb24',
};

/**
 * Removes what a decoder attaches to a frame, such as a colour profile. The encoders of JPEG and PNG would write it into
 * the picture. A stranger chose it, and it may name a device or a person.
 */
const NO_SIDE_DATA = 'sidedata=mode=delete';

/** Players read the colours of HD video without a named matrix as BT.709. */
const ASSUME_BT709 = 'setparams=colorspace=bt709';

const ZSCALE_NAMES: Record<HdrTransfer, string> = { pq: 'smpte2084', hlg: 'arib-std-b67' };

/** Only the number and the order of the frames matter, so they get a made-up rate. */
const MADE_UP_RATE = 25;
/** ffmpeg repeats frames to fill gaps between their times, unless the times have no gaps. */
export const EVERY_FRAME_ONCE = `settb=1/${MADE_UP_RATE},setpts=N,fps=${MADE_UP_RATE}`;

/** How long `ffmpeg -filters` may take. */
const FILTERS_TIMEOUT_MS = 5000;
const run = promisify(execFile);
/** Cached results of `hasToneMapFilters`, keyed by ffmpeg path. */
const toneMapping = new Map<string, Promise<boolean | null>>();

/** The brightness of white paper in HDR video, in cd/m² (ITU-R BT.2408). */
const REFERENCE_WHITE_NITS = 203;
/** The brightest highlights that keep their detail, in cd/m²: the peak of HLG, and of most PQ videos. */
const PEAK_NITS = 1000;
/**
 * Parts brighter than this fade to white, because skies and lamps otherwise show a strong tint: the camera's sensor
 * clips red, green and blue at different levels. 1 is the reference white.
 */
const FADE_TO_WHITE = 0.5;
/** Brightness is kept up to this level and compressed above it. 1 is the reference white. */
const MAX_KEPT_LEVEL = 0.85;

/**
 * Returns the ffmpeg filter that turns a stream into the outputs `[picture]`, `[poster]` and `[grey]`. An HDR video is
 * tone-mapped after scaling, if `canToneMap` is true; if not, its colours stay pale.
 */
export function pictureFilter(options: {
  stream: number;
  /** How many frames to skip; 0 by default. */
  skipFrames?: number;
  format: ThumbnailFormat;
  colours: Colours;
  canToneMap: boolean;
}): string {
  const { stream, skipFrames = 0, format, colours, canToneMap } = options;
  const { hdr, assumesBt709 } = colours;
  const skip = skipFrames > 0 ? [`select=gte(n\\,${skipFrames})`] : [];
  const matrix = assumesBt709 ? [ASSUME_BT709] : [];
  const toneMap = hdr && canToneMap ? toneMapSteps(hdr) : [];
  const scaled = (size: string, as: ThumbnailFormat): string =>
    [size, 'setsar=1', ...toneMap, COLOURS[as]].join(',');
  const grey = `scale=${GREY.width}:${GREY.height}:flags=area,format=gray`;
  return [
    `[0:${stream}]${[...skip, ...matrix, NO_SIDE_DATA, 'split'].join(',')}[small][large]`,
    `[small]${scaled(shrinkTo(MAX_THUMBNAIL_SIDE), format)},split[picture][detailed]`,
    `[detailed]${grey}[grey]`,
    // The poster image is scaled from the video, so that its size does not depend on the size of the thumbnail.
    `[large]${scaled(shrinkTo(MAX_POSTER_SIDE), 'jpeg')}[poster]`,
  ].join(';');
}

/**
 * Returns the ffmpeg filter that turns the first stream into the outputs `[sprite]`, all frames in one picture, and
 * `[counted]`, a small grey copy of each frame. Unused cells are black, and so are the bars beside a frame that does not
 * fill its cell.
 */
export function spriteFilter(options: { colours: Colours; canToneMap: boolean }): string {
  const { colours, canToneMap } = options;
  const { hdr, assumesBt709 } = colours;
  const matrix = assumesBt709 ? [ASSUME_BT709] : [];
  const toneMap = hdr && canToneMap ? toneMapSteps(hdr) : [];
  const { columns, rows, cellWidth, cellHeight } = SPRITE;
  const pad = `pad=${cellWidth}:${cellHeight}:(ow-iw)/2:(oh-ih)/2`;
  const cell = [CELL_SIZE, 'setsar=1', ...toneMap, COLOURS.webp, pad].join(',');
  return [
    `[0:0]${[...matrix, NO_SIDE_DATA, 'split'].join(',')}[shown][small]`,
    `[shown]${cell},tile=${columns}x${rows}[sprite]`,
    `[small]scale=${COUNTED.width}:${COUNTED.height}:flags=area,format=gray,${EVERY_FRAME_ONCE}[counted]`,
  ].join(';');
}

/**
 * Returns filters that convert a picture to linear light with BT.709 primaries, then to the range of SDR, then to sRGB,
 * which is what programs expect of a picture. The filters use 4:4:4, because zscale supports odd sizes only in that
 * format. By default zscale approximates HLG and changes its colours (`agamma`). If a video does not give its peak, the
 * filter tonemap would guess a value that makes the picture too dark.
 */
function toneMapSteps(hdr: HdrTransfer): string[] {
  const peak = (PEAK_NITS / REFERENCE_WHITE_NITS).toFixed(2);
  return [
    'format=yuv444p10le',
    `zscale=tin=${ZSCALE_NAMES[hdr]}:pin=bt2020:min=bt2020nc:t=linear:npl=${REFERENCE_WHITE_NITS}:agamma=0`,
    'format=gbrpf32le',
    'zscale=p=bt709',
    `tonemap=mobius:param=${MAX_KEPT_LEVEL}:peak=${peak}:desat=${FADE_TO_WHITE}`,
    'zscale=t=iec61966-2-1:m=bt709:r=tv',
    'format=yuv444p',
  ];
}

/**
 * True if this ffmpeg has the filters zscale and tonemap. The result is cached. If ffmpeg does not respond in time,
 * which happens on a busy machine, the check is repeated for the next HDR clip.
 */
export async function canToneMap(ffmpegPath: string): Promise<boolean> {
  const asked = toneMapping.get(ffmpegPath) ?? hasToneMapFilters(ffmpegPath);
  toneMapping.set(ffmpegPath, asked);
  const answer = await asked;
  if (answer === null && toneMapping.get(ffmpegPath) === asked) toneMapping.delete(ffmpegPath);
  return answer ?? false;
}

/** Resolves to null if ffmpeg does not respond in time, or cannot be started at the moment. */
async function hasToneMapFilters(ffmpegPath: string): Promise<boolean | null> {
  try {
    const limits = { timeout: FILTERS_TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
    const running = run(ffmpegPath, ['-v', 'quiet', '-nostdin', '-filters'], limits);
    running.child.stdin?.end();
    const { stdout } = await running;
    return stdout.includes(' zscale ') && stdout.includes(' tonemap ');
  } catch {
    return null;
  }
}

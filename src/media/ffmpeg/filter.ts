import type { ThumbnailFormat } from '../../config.ts';

/** How a video codes light beyond what a screen of today shows. */
export type HdrTransfer = 'pq' | 'hlg';

/** The small grey picture that detail is measured on. */
export const GREY = { width: 64, height: 36 };

/** 420 wide at most, and never taller than four times that; `sar` makes the pixels square. */
const SIZE = "scale=w='max(1,min(420,trunc(iw*sar)))':h='max(1,min(1680,round(ow*ih/(iw*sar))))'";

/** WebP and JPEG are read as BT.601, whatever the video was in; PNG has no such matter. */
const COLOURS: Record<ThumbnailFormat, string> = {
  webp: 'scale=out_color_matrix=bt601:out_range=tv,format=yuv420p',
  jpeg: 'scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p',
  png: 'format=rgb24',
};

const ZSCALE_NAMES: Record<HdrTransfer, string> = { pq: 'smpte2084', hlg: 'arib-std-b67' };

/**
 * The filters that make of a frame, `[0:stream]`, the picture `[picture]` and the grey one `[grey]`.
 * HDR is tone-mapped after it was made small, where `canToneMap` says that this ffmpeg has zscale and
 * tonemap; else its colours stay pale.
 */
export function pictureFilter(options: {
  stream: number;
  format: ThumbnailFormat;
  hdr: HdrTransfer | null;
  canToneMap: boolean;
}): string {
  const { stream, format, hdr, canToneMap } = options;
  const steps = [SIZE, 'setsar=1', ...(hdr && canToneMap ? toneMap(hdr) : []), COLOURS[format]];
  const grey = `scale=${GREY.width}:${GREY.height}:flags=area,format=gray`;
  return `[0:${stream}]${steps.join(',')},split[picture][large];[large]${grey}[grey]`;
}

/** To linear light, mapped to what SDR can show, and back to BT.709. zscale takes odd sizes only as 4:4:4. */
const toneMap = (hdr: HdrTransfer): string[] => [
  'format=yuv444p10le',
  `zscale=tin=${ZSCALE_NAMES[hdr]}:pin=bt2020:min=bt2020nc:t=linear:npl=203`,
  'format=gbrpf32le',
  'zscale=p=bt709',
  'tonemap=mobius:desat=0',
  'zscale=t=bt709:m=bt709:r=tv',
  'format=yuv444p',
];

/** How an HDR video encodes brightness. */
export type HdrTransfer = 'pq' | 'hlg';

/** What ffmpeg's filters must be told about the colours of a video. */
export interface Colours {
  /** Null if the video is not HDR. */
  hdr: HdrTransfer | null;
  /** True if the file names no colour matrix and players assume BT.709. ffmpeg would assume BT.601. */
  assumesBt709: boolean;
}

/** What a file says about the colours of a video. The size is in pixels; 0 if it is unknown. */
export interface ColourClaims {
  hdr: HdrTransfer | null;
  /** True if the file names any colour matrix. The value "unspecified" is no name. */
  hasMatrix: boolean;
  width: number;
  height: number;
}

/** A video counts as HD if it has more pixels than this in one direction; the rule is that of mpv. */
const MAX_SD_WIDTH = 1279;
const MAX_SD_HEIGHT = 576;

/** Decides how to interpret the colours of a video. */
export function coloursOf({ hdr, hasMatrix, width, height }: ColourClaims): Colours {
  const isHd = width > MAX_SD_WIDTH || height > MAX_SD_HEIGHT;
  return { hdr, assumesBt709: isHd && !hasMatrix };
}

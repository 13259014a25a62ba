import { ffmpegBytes } from './make-clip.ts';

/** Red, green and blue in linear light with BT.709 primaries. 1 is the brightness of white paper, 203 cd/m². */
export type HdrColour = [red: number, green: number, blue: number];

const WHITE_NITS = 203;
const HLG_PEAK_NITS = 1000;
const HLG_GAMMA = 1.2;
/** Each colour becomes a column of this many pixels. */
const COLUMN = 32;
/** The largest value in a video with 10 bits. */
const MAX_CODE = 1023;
/** Converts BT.709 primaries to BT.2020 (ITU-R BT.2087). */
const TO_BT2020 = [
  [0.627404, 0.329283, 0.043313],
  [0.069097, 0.91954, 0.011362],
  [0.016391, 0.088013, 0.895595],
];
const TRANSFER_NAMES = { pq: 'smpte2084', hlg: 'arib-std-b67' };

/** Returns the linear light of an sRGB colour, whose levels are 0 to 255. */
export function linearOf(colour: readonly [number, number, number]): HdrColour {
  return colour.map((level) => {
    const part = level / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as HdrColour;
}

/** Makes an HDR clip with a column for each colour. */
export function hdrClip(transfer: 'pq' | 'hlg', colours: readonly HdrColour[]): Promise<Buffer> {
  const encoded = colours.map((colour) =>
    (transfer === 'pq' ? encodePq : encodeHlg)(nitsOf(colour)),
  );
  const plane = (channel: number): string =>
    encoded.reduceRight(
      (rest, levels, n) =>
        `if(lt(X,${(n + 1) * COLUMN}),${Math.round((levels[channel] ?? 0) * MAX_CODE)},${rest})`,
      '0',
    );
  const size = `${colours.length * COLUMN}x${COLUMN}`;
  const planes = `geq=r='${plane(0)}':g='${plane(1)}':b='${plane(2)}'`;
  return ffmpegBytes(
    'hdr.mp4',
    ...['-f', 'lavfi', '-i', `nullsrc=s=${size}:r=5:d=0.4,format=gbrp10le,${planes}`],
    ...['-vf', 'scale=out_color_matrix=bt2020:out_range=tv,format=yuv420p10le'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '1', '-color_primaries', 'bt2020'],
    ...['-color_trc', TRANSFER_NAMES[transfer], '-colorspace', 'bt2020nc', '-color_range', 'tv'],
  );
}

/** Converts to BT.2020 primaries and to cd/m². */
function nitsOf(colour: HdrColour): number[] {
  return TO_BT2020.map((row) =>
    row.reduce((sum, factor, n) => sum + factor * (colour[n] ?? 0) * WHITE_NITS, 0),
  );
}

/** The inverse EOTF of SMPTE ST 2084. */
function encodePq(nits: number[]): number[] {
  return nits.map((each) => {
    const power = (Math.max(0, each) / 10_000) ** 0.1593017578125;
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
  });
}

/** The inverse OOTF and the OETF of HLG (ITU-R BT.2100). */
function encodeHlg(nits: number[]): number[] {
  const [red = 0, green = 0, blue = 0] = nits.map((each) => Math.max(0, each) / HLG_PEAK_NITS);
  const luminance = 0.2627 * red + 0.678 * green + 0.0593 * blue;
  const gain = luminance > 0 ? luminance ** (1 / HLG_GAMMA - 1) : 0;
  return [red, green, blue].map((display) => {
    const scene = display * gain;
    const code =
      scene <= 1 / 12
        ? Math.sqrt(3 * scene)
        : 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073;
    return Math.min(1, code);
  });
}

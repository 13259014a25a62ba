/** What the script needs to know about the clip that the page shows. */
export interface ClipData {
  id: string;
  /** The path that redirects to the video. */
  path: string;
  /** When the link that the page led to expires, epoch milliseconds; null if that is not known. */
  leaseEndsMs: number | null;
  title: string;
  posterName: string;
  /** The path of a picture, or empty if there is none. */
  picture: string;
  /** Frames per second; null if unknown. */
  frameRate: number | null;
  /** The clip's length; null if unknown. */
  seconds: number | null;
  /** The absolute permalink, without the order that the reader came from. */
  link: string;
  /** The message in Discord, or empty if there is none. */
  discord: string;
  /** The name of the codec, such as `HEVC`, or empty if unknown. */
  codec: string;
}

/** Reads the data attributes of `#player`. */
export function readClipData(data: Readonly<Record<string, string | undefined>>): ClipData {
  return {
    id: data.id ?? '',
    path: data.src ?? '',
    leaseEndsMs: readNumber(data.leaseEnds),
    title: data.title ?? '',
    posterName: data.posterName ?? '',
    picture: data.picture ?? '',
    frameRate: readNumber(data.frameRate),
    seconds: readNumber(data.seconds),
    link: data.link ?? '',
    discord: data.discord ?? '',
    codec: data.codec ?? '',
  };
}

function readNumber(text: string | undefined): number | null {
  const value = Number(text);
  return text === undefined || text === '' || !(value > 0) ? null : value;
}

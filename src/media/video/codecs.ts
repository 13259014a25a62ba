/**
 * The codecs that clips may have, by their names in ffprobe, with the names of their sample entries in MP4 and
 * QuickTime files. ffmpeg knows these names from `libavformat/isom_tags.c`. The names that start with `d` mark
 * Dolby Vision.
 */
const SAMPLE_ENTRIES: Record<string, readonly string[]> = {
  h264: ['avc1', 'avc2', 'avc3', 'avc4', 'dva1', 'dvav'],
  hevc: ['hvc1', 'hev1', 'dvh1', 'dvhe'],
  av1: ['av01', 'dav1'],
  vp8: ['vp08'],
  vp9: ['vp09'],
  prores: ['apch', 'apcn', 'apcs', 'apco', 'ap4h', 'ap4x'],
  // The content of `mp4v` may also be MPEG-1, MPEG-2 or JPEG. Only ffprobe tells.
  mpeg4: ['mp4v', 'DIVX', 'XVID', '3IV2'],
  mpeg2video: ['m2v1', 'mp2v', 'mpg2', 'hdv1', 'hdv2', 'hdv3', 'xdvb', 'xdvc', 'xdvd', 'xdve'],
  mpeg1video: ['m1v ', 'm1v1', 'mp1v', 'mpeg'],
  mjpeg: ['jpeg', 'mjpa', 'mjpb', 'AVDJ', 'dmb1', 'MJPG'],
  h263: ['h263', 's263', 'H263'],
};

/**
 * The names of Dolby Vision sample entries, with the names of entries that have the same content. Mediabunny knows only
 * the latter.
 */
const PLAIN_NAMES: Record<string, string> = {
  dva1: 'avc1',
  dvav: 'avc3',
  dvh1: 'hvc1',
  dvhe: 'hev1',
  dav1: 'av01',
};

/** Returns ffprobe's name of the codec of a sample entry, or null if clips may not have that codec. */
export function codecOfSampleEntry(name: string): string | null {
  const wanted = name.toLowerCase();
  const found = Object.entries(SAMPLE_ENTRIES).find(([, names]) =>
    names.some((each) => each.toLowerCase() === wanted),
  );
  return found?.[0] ?? null;
}

/** Returns the name under which Mediabunny knows a sample entry. */
export function plainEntryName(name: string): string {
  return PLAIN_NAMES[name] ?? name;
}

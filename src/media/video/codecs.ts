/**
 * The codecs that clips may have, by their names in ffprobe, with the names of their sample entries in MP4 and
 * QuickTime files. ffmpeg takes these names from `libavformat/isom_tags.c`, and otherwise from `libavformat/riff.c`,
 * which are the names of AVI. Any name that is missing here is refused before the file is downloaded, so the list
 * contains all names for which ffmpeg uses an allowed decoder. The names that start with `d` mark Dolby Vision.
 */
const SAMPLE_ENTRIES: Record<string, readonly string[]> = {
  // The names `ai…` are AVC-Intra.
  h264: [
    ...split('avc1 avc2 avc3 avc4 ai5p ai5q ai52 ai53 ai55 ai56 ai1p ai1q ai12 ai13 ai15 ai16'),
    ...split('AVin aivx rv64 xalg avlg dva1 dvav H264 X264 DAVC SMV2 VSSH Q264 V264 GAVC UMSV'),
    ...split('tshd INMC'),
  ],
  hevc: split('hev1 hvc1 dvhe dvh1'),
  av1: split('av01 dav1'),
  vp8: split('vp08 VP80'),
  vp9: split('vp09 VP90'),
  // The content of `mp4v` may also be MPEG-1, MPEG-2 or JPEG. Only ffprobe tells.
  mpeg4: [
    ...split('mp4v DIVX XVID 3IV2 FMP4 DX50 MP4S M4S2 ZMP4 DIV1 BLZ0 UMP4 WV1F SEDG RMP4 WAWV'),
    ...split('FFDS FVFW DCOD MVXM PM4V SMP4 DXGM VIDM M4T3 GEOX G264 HDX4 DM4V DMK2 DYM4 DIGI'),
    ...split('EPHV EM4A M4CC SN40 VSPX ULDX GEOV SIPP SM4V XVIX DreX QMP4 PLV1 GLV4 GMP4 MNM4'),
    ...split('GTM4'),
  ],
  h263: split('h263 s263 X263 T263 L263 VX1K ZyGo M263 lsvm U263 VSM4'),
  mpeg1video: split('m1v m1v1 mpeg mp1v mpg1 PIM1 VCR2 BW10 XMPG'),
  // The names `hdv…`, `mx…` and `xd…` are HDV, IMX and XDCAM.
  mpeg2video: [
    ...split('m2v1 hdv1 hdv2 hdv3 hdv4 hdv5 hdv6 hdv7 hdv8 hdv9 hdva mx5n mx5p mx4n mx4p mx3n'),
    ...split('mx3p xd51 xd54 xd55 xd59 xd5a xd5b xd5c xd5d xd5e xd5f xdv1 xdv2 xdv3 xdv4 xdv5'),
    ...split('xdv6 xdv7 xdv8 xdv9 xdva xdvb xdvc xdvd xdve xdvf xdhd xdh2 AVmp mp2v mpg2 PIM2'),
    ...split('DVR MMES LMP2 slif EM2V M701 M702 M703 M704 M705 mpgv'),
  ],
  mjpeg: [
    ...split('jpeg mjpa AVDJ AVRn dmb1 MJPG MSC2 LJPG JR24 JPGL IJPG ACDV QIVG SLMJ CJPG IJLV'),
    ...split('MVJP AVI1 AVI2 MTSJ ZJPG MMJP'),
  ],
  prores: split('apch apcn apcs apco ap4h ap4x'),
};

/** The codec for each name in lower case, because ffmpeg ignores the case of names. */
const CODECS: ReadonlyMap<string, string> = new Map(
  Object.entries(SAMPLE_ENTRIES).flatMap(([codec, names]) =>
    names.map((name) => [name.toLowerCase(), codec]),
  ),
);

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
  return CODECS.get(name.trimEnd().toLowerCase()) ?? null;
}

/** Returns the name under which Mediabunny knows a sample entry. */
export function plainEntryName(name: string): string {
  return PLAIN_NAMES[name] ?? name;
}

/** Splits a list of names. Names of three letters end with a space in the file, which is left out here. */
function split(names: string): string[] {
  return names.split(' ');
}

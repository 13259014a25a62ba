import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VIDEO_DECODERS } from '../../src/media/ffmpeg/limits.ts';
import { codecOfSampleEntry } from '../../src/media/video/codecs.ts';
import { traitsOf } from '../../src/media/video/sample-entries.ts';

/** Names of ffmpeg's `isom_tags.c` and `riff.c`, with the codec that ffprobe reports for them. */
const KNOWN: Record<string, readonly string[]> = {
  h264: ['avc1', 'H264', 'h264', 'x264', 'ai5p', 'ai16', 'AVin', 'aivx', 'xalg', 'DAVC'],
  hevc: ['hvc1', 'hev1', 'dvh1'],
  av1: ['av01', 'AV01'],
  vp8: ['vp08', 'VP80'],
  vp9: ['vp09', 'VP90'],
  mpeg4: ['mp4v', 'DX50', 'FMP4', 'xvid'],
  h263: ['s263', 'H263'],
  mpeg1video: ['m1v ', 'mpg1'],
  mpeg2video: ['xdv1', 'xd5b', 'mx5p', 'AVmp', 'hdv9', 'DVR ', 'mpg2'],
  mjpeg: ['jpeg', 'mjpa', 'MJPG', 'AVRn'],
  prores: ['apch', 'ap4x'],
};

function unknownCodecOf(name: string): string | null {
  return traitsOf([{ name, isEncrypted: false, dolbyVision: null }], 1).unknownCodec;
}

describe('the names of codecs in MP4 and QuickTime files', () => {
  test('a name for which ffmpeg uses an allowed decoder is not refused, whatever its case is', () => {
    for (const [codec, names] of Object.entries(KNOWN)) {
      assert.ok(codec === 'av1' || VIDEO_DECODERS.includes(codec));
      for (const name of names) {
        assert.equal(codecOfSampleEntry(name), codec, name);
        assert.equal(unknownCodecOf(name), null, name);
      }
    }
  });

  test('a name for which ffmpeg uses another decoder or none is refused', () => {
    for (const name of ['zzzz', 'mjpb', 'mjp2', 'dvc ', 'SVQ3', 'rle ', 'vvc1', 'WMV3', 'DIV3'])
      assert.equal(unknownCodecOf(name), name.trim());
  });
});

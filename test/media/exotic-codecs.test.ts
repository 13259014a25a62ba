import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Thumbnail } from '../../src/media/facts.ts';
import { decodeFrame } from '../../src/media/ffmpeg/decode.ts';
import { inputLimits, openOnly, TimeBudget } from '../../src/media/ffmpeg/limits.ts';
import { probe } from '../../src/media/ffmpeg/probe.ts';
import { thumbnailFromFile } from '../../src/media/ffmpeg/thumbnail.ts';
import { exoticCodecOf } from '../../src/media/matroska.ts';
import { type Demuxer, sniffImage } from '../../src/media/sniff.ts';
import { fails, startMediaHarness, type MediaHarness } from './support/media-harness.ts';

const exec = promisify(execFile);

interface Exotic {
  codec: string;
  container: 'mkv' | 'mov';
  pixels?: string;
  /** How the container names the codec; the same as `codec` by default. */
  name?: string;
}

/** Codecs that no clip needs, each with the container in which ffmpeg can write the codec. */
const EXOTIC: readonly Exotic[] = [
  { codec: 'zmbv', container: 'mkv' },
  { codec: 'tiff', container: 'mkv' },
  { codec: 'flashsv', container: 'mkv', name: 'FSV1' },
  { codec: 'png', container: 'mkv', name: 'MPNG' },
  { codec: 'libtheora', container: 'mkv', name: 'V_THEORA' },
  { codec: 'exr', container: 'mkv', pixels: 'gbrpf32le' },
  { codec: 'svq1', container: 'mov', pixels: 'yuv410p' },
  { codec: 'cinepak', container: 'mov' },
  { codec: 'qtrle', container: 'mov' },
];
/** Codecs of sound and subtitles that real files have beside their video. */
const AUDIO = ['aac', 'ac3', 'flac', 'alac', 'libmp3lame', 'libopus', 'libvorbis', 'pcm_s16le'];
let harness: MediaHarness;
/** The folder in which ffmpeg writes the files; outside of the media port's temporary folder. */
let folder: string;

const pathOf = ({ codec, container }: { codec: string; container: string }): string =>
  join(folder, `${codec}.${container}`);

before(async () => {
  harness = await startMediaHarness();
  folder = join(harness.folder, '..');
  const outputs = EXOTIC.flatMap((file) => [
    ...['-map', '0:v', '-c:v', file.codec, ...(file.pixels ? ['-pix_fmt', file.pixels] : [])],
    pathOf(file),
  ]);
  const audio = AUDIO.flatMap((codec, at) => ['-map', '1:a', `-c:a:${at}`, codec]);
  const h264 = ['-map', '0:v', '-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
  const cover = join(folder, 'cover.png');
  const subtitles = join(folder, 'subtitles.srt');
  await writeFile(subtitles, '1\n00:00:00,000 --> 00:00:01,000\nwords\n');
  const sources = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=s=64x64:r=5:d=1',
    '-f',
    'lavfi',
    '-i',
    'sine=d=1',
  ];
  await exec('ffmpeg', [
    ...['-v', 'error', '-nostdin', ...sources, ...outputs],
    ...[...h264, ...audio, join(folder, 'audio.mkv'), '-map', '0:v', '-frames:v', '1', cover],
  ]);
  const rare = (codec: string, at = 0): string[] => ['-map', '1:a', `-c:a:${at}`, codec];
  await exec('ffmpeg', [
    ...['-v', 'error', '-nostdin', ...sources, '-i', subtitles, '-i', cover],
    ...[...h264, ...rare('truehd'), ...rare('wavpack', 1), '-strict', '-2', '-map', '2:s'],
    ...['-c:s', 'srt'],
    ...['-attach', cover, '-metadata:s:t', 'mimetype=image/png', join(folder, 'rare.mkv')],
    ...[...h264, ...rare('pcm_f64be'), join(folder, 'rare.mov')],
    ...['-map', '0:v', '-map', '3:v', '-c:v:0', 'mpeg4', '-c:v:1', 'copy', ...rare('aac')],
    ...['-disposition:v:1', 'attached_pic', join(folder, 'cover.mp4')],
  ]);
});
after(() => harness.stop());

/** Reads a file as if it had been downloaded whole. */
function readLocalFile(path: string, demuxer: Demuxer): Promise<Thumbnail> {
  return thumbnailFromFile(path, demuxer, {
    ffmpegPath: 'ffmpeg',
    ffprobePath: 'ffprobe',
    format: 'webp',
    budget: new TimeBudget(20_000),
    signal: new AbortController().signal,
    onFacts: () => undefined,
  });
}

describe('the decoders that ffmpeg and ffprobe may open', () => {
  for (const file of EXOTIC) {
    test(`a ${file.container} file with the codec ${file.codec} is refused, and the failure names the codec`, async () => {
      const path = pathOf(file);
      const bytes = await readFile(path);
      const name = file.name ?? file.codec;
      const refused = fails('MediaUnreadable', new RegExp(`uses the codec ${name},`, 'i'));
      if (file.container === 'mkv') {
        const url = harness.cdn.put(`/${file.codec}.mkv`, bytes);
        await assert.rejects(harness.thumbnail(url), refused);
        await harness.assertNothingLeft();
        const requests = harness.cdn.requests.filter((path) => path.includes(`/${file.codec}.mkv`));
        assert.equal(requests.length, 1, 'only the first bytes of the file are fetched');
        return;
      }
      await assert.rejects(readLocalFile(path, 'mov'), refused);
    });
  }

  test('if the start of a Matroska file does not tell the codec, ffprobe refuses the file and names the codec', async () => {
    const path = join(folder, 'zmbv.mkv');
    await assert.rejects(
      readLocalFile(path, 'matroska'),
      fails('MediaUnreadable', /uses the codec zmbv,/),
    );
    const bytes = await readFile(path);
    assert.equal(exoticCodecOf(bytes), 'ZMBV');
    // Cut or damaged bytes tell no codec, or any codec, but never throw.
    for (let length = 0; length < 600; length++) {
      const codec = exoticCodecOf(bytes.subarray(0, length));
      assert.ok(codec === null || codec === 'ZMBV');
      const damaged = Buffer.from(bytes.subarray(0, 600));
      damaged.writeUInt8((damaged.readUInt8(length) + 1 + length) % 256, length);
      exoticCodecOf(damaged);
    }
    assert.equal(exoticCodecOf(await readFile(join(folder, 'audio.mkv'))), null);
  });

  test('a Matroska file whose codec has an unknown name is not refused before the download', async () => {
    const bytes = await readFile(join(folder, 'zmbv.mkv'));
    const at = bytes.indexOf('ZMBV');
    for (const name of ['3IV2', 'M4S2', 'MP4S', 'RMP4', 'H265', 'xvid', 'WXYZ']) {
      bytes.write(name, at);
      assert.equal(exoticCodecOf(bytes), null, name);
    }
    for (const name of ['svq3', 'WMV3', 'rle ']) {
      bytes.write(name, at);
      assert.equal(exoticCodecOf(bytes), name.trim());
    }
    const theora = await readFile(join(folder, 'libtheora.mkv'));
    theora.write('V_NOVEL1', theora.indexOf('V_THEORA'));
    assert.equal(exoticCodecOf(theora), null);
  });

  test('ffmpeg itself decodes no frame of an exotic codec, even if ffprobe did not refuse the file', async () => {
    const outcome = await decodeFrame({
      ffmpegPath: 'ffmpeg',
      file: join(folder, 'zmbv.mkv'),
      picture: join(folder, 'picture.webp'),
      poster: join(folder, 'poster.jpg'),
      grey: join(folder, 'grey'),
      demuxer: 'matroska',
      filter: '[0:0]split[picture][large];[large]format=gray[grey]',
      atSeconds: 0,
      format: 'webp',
      timeoutMs: 20_000,
      signal: new AbortController().signal,
    });
    assert.equal(outcome, 'failed');
  });

  test('a clip with sound in any common codec gets its thumbnail', async () => {
    const url = harness.cdn.put('/audio.mkv', await readFile(join(folder, 'audio.mkv')));
    const { picture, facts } = await harness.thumbnail(url);
    assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp');
    assert.equal(facts.hasAudio, true);
  });

  test('a clip with rare sound, rare subtitles and cover art gets its thumbnail', async () => {
    const matroska = await readFile(join(folder, 'rare.mkv'));
    // ffmpeg cannot make these subtitles from text, so the file only says that it contains them.
    const text = matroska.indexOf('S_TEXT/UTF8');
    matroska.write('S_HDMV/PGS\0', text);
    assert.ok(text > 0 && matroska.includes('cover.png'));
    for (const [name, bytes] of [
      ['rare.mkv', matroska],
      ['rare.mov', await readFile(join(folder, 'rare.mov'))],
      ['cover.mp4', await readFile(join(folder, 'cover.mp4'))],
    ] as const) {
      const { picture, facts } = await harness.thumbnail(harness.cdn.put(`/${name}`, bytes));
      assert.equal(sniffImage(picture.bytes)?.contentType, 'image/webp');
      const { width, frameRate, hasAudio } = facts;
      assert.deepEqual({ width, frameRate, hasAudio }, { width: 64, frameRate: 5, hasAudio: true });
    }
  });

  test('cover art is not decoded in order to read the facts of a clip', async () => {
    const { stdout } = await exec('ffprobe', [
      ...['-v', 'error', ...inputLimits('mov', 1e6), ...openOnly(['png'])],
      ...['-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0', join(folder, 'cover.mp4')],
    ]);
    // Only the bytes of the picture tell its width.
    assert.match(stdout, /^mpeg4,64$/m);
    assert.match(stdout, /^png,0$/m);
  });

  test('ffprobe does not even open the decoder of an exotic video', async () => {
    const args = [...inputLimits('matroska', 1e6), ...openOnly(['zmbv']), join(folder, 'zmbv.mkv')];
    await assert.rejects(exec('ffprobe', args), /Codec \(zmbv\) not on whitelist/);
  });

  test('if ffprobe has no decoder for a video and still names its codec, the clip is refused by this name', async () => {
    const answer = '{"format":{},"streams":[{"index":0,"codec_type":"video","codec_name":"exr"}]}';
    const ffprobePath = await harness.script('without-decoders', `echo '${answer}'`);
    await assert.rejects(
      probe(ffprobePath, pathOf({ codec: 'tiff', container: 'mkv' }), {
        demuxer: 'matroska',
        signal: new AbortController().signal,
        timeoutMs: 10_000,
      }),
      fails('MediaUnreadable', /the file uses the codec exr, which Everclip does not decode/),
    );
  });
});

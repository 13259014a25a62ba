import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import type { MediaFacts } from '../../src/clip/state.ts';
import { probe } from '../../src/media/ffmpeg/probe.ts';
import { keyFrames, laterKeyFrames } from '../../src/media/mp4/key-frames.ts';
import { openClip } from '../../src/media/mp4/open.ts';
import { readRun } from '../../src/media/mp4/run.ts';
import { requireReadable } from '../../src/media/video/readable.ts';
import { box, boxesOf, edited } from './support/edit-boxes.ts';
import { clip, pictureFacts } from './support/make-clip.ts';
import { fails, type MediaHarness, startMediaHarness } from './support/media-harness.ts';

const STBL = 'moov/trak/mdia/minf/stbl';
const FRAGMENTS = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof'];
let harness: MediaHarness;
let mp4: Buffer;

/** Encrypts a clip. ffmpeg gets no key to decrypt it. */
const ENCRYPTION = [
  ...['-encryption_scheme', 'cenc-aes-ctr'],
  ...['-encryption_key', '76a6c65c5ea762046bd749a2e632ccbb'],
  ...['-encryption_kid', 'a7e61c373e219033c21091fa607bf3b8'],
];

/** Returns the clip with another name of its codec, and with a box at the end of its sample entry. */
function withEntry(file: Buffer, name: string, ...boxes: Buffer[]): Buffer {
  return edited(file, `${STBL}/stsd`, (content) => {
    const entry = content.subarray(16);
    return Buffer.concat([content.subarray(0, 8), box(name, entry, ...boxes)]);
  });
}

/** Makes a box with the settings of Dolby Vision. */
function dolbyVision(profile: number, compatibilityId: number): Buffer {
  const settings = Buffer.alloc(24);
  settings.set([1, 0, profile << 1, 0x0d, compatibilityId << 4]);
  return box(profile > 7 ? 'dvvC' : 'dvcC', settings);
}

/** Adds a second sample entry, which is encrypted. */
function withEncryptedEntry(file: Buffer): Buffer {
  return edited(file, `${STBL}/stsd`, (content) => {
    const scheme = box('sinf', box('frma', Buffer.from('avc1')));
    const encrypted = box('encv', content.subarray(16), scheme);
    return Buffer.concat([
      content.subarray(0, 4),
      Buffer.from([0, 0, 0, 2]),
      content.subarray(8),
      encrypted,
    ]);
  });
}

/** Replaces the frames in all fragments but the first two by noise, which the second sample entry describes. */
function withEncryptedFragments(file: Buffer): Buffer {
  let fragments = 0;
  const clear = withEncryptedEntry(file);
  const parts = [...boxesOf(clear)].map(({ name, start, end }) => {
    const part = clear.subarray(start, end);
    if (name === 'moof') fragments += 1;
    if (fragments <= 2) return part;
    if (name === 'mdat') return box('mdat', Buffer.alloc(part.length - 8, 0x5a));
    if (name !== 'moof') return part;
    const header = edited(part, 'moof/traf/tfhd', (content) => {
      const flags = content.readUInt32BE(0) | 0x2;
      const entry = Buffer.from([0, 0, 0, 2]);
      const changed = Buffer.concat([content.subarray(0, 8), entry, content.subarray(8)]);
      changed.writeUInt32BE(flags, 0);
      return changed;
    });
    return edited(header, 'moof/traf/trun', (content) => {
      const changed = Buffer.from(content);
      changed.writeInt32BE(content.readInt32BE(8) + 4, 8);
      return changed;
    });
  });
  return Buffer.concat(parts);
}

describe('videos that cannot be decoded', () => {
  before(async () => {
    harness = await startMediaHarness();
    mp4 = await clip('160x120', '-g', '5');
  });
  afterEach(() => harness.assertNothingLeft());
  after(() => harness.stop());

  /** Asserts that a clip is refused without a download, and returns the facts that the failure contains. */
  async function assertRefused(name: string, bytes: Buffer, sentence: RegExp): Promise<MediaFacts> {
    const onFallback = (reason: string): void => assert.fail(`downloaded: ${reason}`);
    const url = harness.cdn.put(`/${name}.mp4`, bytes);
    const failure: unknown = await harness.thumbnail(url, { onFallback }).then(
      () => assert.fail('there is a picture'),
      (error: unknown) => error,
    );
    assert.ok(fails('MediaUnreadable', sentence)(failure));
    return (failure as ApplicationFailure).details?.[0] as MediaFacts;
  }

  test('an encrypted clip is refused without a download, and its facts are still known', async () => {
    for (const [name, options] of Object.entries({ plain: [], fragmented: FRAGMENTS })) {
      const bytes = await clip('160x120', ...ENCRYPTION, ...options);
      const facts = await assertRefused(`cenc-${name}`, bytes, /the video is encrypted/);
      const { width, codec, durationSeconds } = facts;
      assert.deepEqual(
        { width, codec, durationSeconds },
        { width: 160, codec: 'h264', durationSeconds: 2 },
      );
    }
  });

  test('if only the first fragments of a clip are not encrypted, the picture comes from these fragments', async () => {
    const bytes = withEncryptedFragments(await clip('160x120', '-g', '2', ...FRAGMENTS));
    const { picture, fallbacks } = await harness.thumbnail(harness.cdn.put('/lead.mp4', bytes));
    assert.equal(await pictureFacts(picture.bytes), 'webp,160,120');
    assert.deepEqual(fallbacks, []);
    const { fragments, close } = await openClip({
      size: bytes.length,
      read: (start, end) => Promise.resolve(bytes.subarray(start, end)),
    });
    close();
    // Each of the first two fragments lasts 0.2 s.
    assert.equal(fragments.seconds, 0.4);
  });

  test('encrypted fragments are skipped when later fragments are searched for a better picture', async () => {
    const whole = withEncryptedFragments(await clip('160x120', '-g', '2', ...FRAGMENTS));
    const parts = [...boxesOf(whole)].filter(({ name }) => name !== 'mfra');
    const bytes = Buffer.concat(parts.map(({ start, end }) => whole.subarray(start, end)));
    const source = {
      size: bytes.length,
      read: (start: number, end: number) => Promise.resolve(bytes.subarray(start, end)),
    };
    const opened = await openClip(source);
    const later: number[] = [];
    for await (const { atSeconds } of laterKeyFrames(source, opened)) later.push(atSeconds);
    opened.close();
    assert.deepEqual(later, []);
  });

  test('if only the first frames of a clip are not encrypted, the picture comes from these frames', async () => {
    const sizes = mp4.subarray(mp4.indexOf('stsz') + 16);
    const leadBytes = [0, 1, 2, 3, 4, 5].reduce((sum, n) => sum + sizes.readUInt32BE(n * 4), 0);
    const chunks = edited(withEncryptedEntry(mp4), `${STBL}/stsc`, () =>
      numbers(0, 2, 1, 6, 1, 2, 14, 2),
    );
    const lead = edited(chunks, `${STBL}/stco`, (content) => {
      const start = content.readUInt32BE(8);
      return numbers(0, 2, start, start + leadBytes);
    });
    const opened = await openClip({
      size: lead.length,
      read: (start, end) => Promise.resolve(lead.subarray(start, end)),
    });
    assert.equal(opened.moov.traits.isEncrypted, false);
    for await (const { atSeconds } of keyFrames(opened, { durationSeconds: 2 }))
      assert.ok(atSeconds < 0.6);
    // A run that starts at the second key frame ends where the encrypted frames start.
    const second = await opened.packets.getKeyPacket(0.5);
    assert.ok(second?.timestamp === 0.5);
    const run = await readRun(opened, second, { maxFrames: 100 });
    assert.equal(run?.frames.length, 1);
    const other = edited(chunks, `${STBL}/stsc`, () => numbers(0, 1, 1, 20, 2));
    await assertRefused('no-lead', other, /encrypted/);
  });

  test('Dolby Vision is refused without a download if its colours cannot be converted', async () => {
    for (const [name, profile, compatibilityId] of [
      ['avc1', 5, 0],
      ['dva1', 10, 0],
    ] as const) {
      const bytes = withEntry(mp4, name, dolbyVision(profile, compatibilityId));
      const facts = await assertRefused(
        `dolby-${profile}`,
        bytes,
        new RegExp(`Dolby Vision profile ${profile}, whose colours cannot be converted`),
      );
      assert.equal(facts.codec, 'h264');
    }
  });

  test('a clip with another profile of Dolby Vision gets a picture without a download', async () => {
    for (const [name, profile, compatibilityId] of [
      ['avc1', 8, 4],
      ['dva1', 9, 2],
      ['avc1', 10, 1],
    ] as const) {
      const bytes = withEntry(mp4, name, dolbyVision(profile, compatibilityId));
      const { fallbacks } = await harness.thumbnail(harness.cdn.put('/dolby.mp4', bytes));
      assert.deepEqual(fallbacks, []);
    }
  });

  test('only a clip whose codec ffmpeg does not know is refused by the name of the codec, without a download', async () => {
    await assertRefused(
      'zzzz',
      withEntry(mp4, 'zzzz'),
      /the file uses the codec zzzz, which Everclip does not decode/,
    );
    // ffmpeg knows this name of H.264, but Mediabunny does not.
    const { fallbacks } = await harness.thumbnail(
      harness.cdn.put('/named.mp4', withEntry(mp4, 'H264')),
    );
    assert.deepEqual(fallbacks, ['codec']);
    const strange = withEntry(mp4, '\u001b\n/\u0000');
    await assertRefused('strange', strange, /the video's codec is unknown/);
  });

  test('ffprobe finds encryption, Dolby Vision and unknown codecs in a clip that was downloaded', async () => {
    const file = join(harness.folder, '..', 'probed.mp4');
    const { signal } = new AbortController();
    const probed = async (bytes: Buffer): Promise<void> => {
      await writeFile(file, bytes);
      const { traits } = await probe('ffprobe', file, {
        demuxer: 'mov',
        signal,
        timeoutMs: 20_000,
      });
      requireReadable(traits);
    };
    await probed(mp4);
    const encrypted = await clip('160x120', ...ENCRYPTION);
    await assert.rejects(probed(encrypted), fails('MediaUnreadable', /encrypted/));
    const dolby = withEntry(mp4, 'avc1', dolbyVision(5, 0));
    await assert.rejects(probed(dolby), fails('MediaUnreadable', /Dolby Vision profile 5/));
    await probed(withEntry(mp4, 'avc1', dolbyVision(8, 4)));
    await assert.rejects(
      probed(withEntry(mp4, 'zzzz')),
      fails('MediaUnreadable', /the codec zzzz,/),
    );
  });
});

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [n, value] of values.entries()) bytes.writeUInt32BE(value, n * 4);
  return bytes;
}

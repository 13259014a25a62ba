import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Clip } from '../../src/clip/clip.ts';
import { recordOf, supersedes, type ClipRecord } from '../../src/clip/record.ts';
import { adoptedFrom } from '../../src/clip/record/adopt.ts';
import { clipOfRecord } from '../../src/clip/record/clip-of-record.ts';
import type { ClipState } from '../../src/clip/state.ts';
import { readRepositoryFile } from '../docs/repository.ts';
import { signedLink, without } from './a-message.ts';

const CLIP: Clip = {
  messageId: '1213063181631516641',
  attachmentId: '1213063179848942529',
  channelId: '1196521684992000058',
  channelName: 'overtime',
  guildId: '442294389964800640',
  guildName: 'Clip Club',
  poster: { id: '356003082141696426', username: '_juno', displayName: 'Juno', avatar: null },
  postedAtMs: 1_709_287_200_125,
  description: 'message text with mentions resolved',
  filename: 'COMET.mp4',
  url: signedLink({ expiresAt: 1_711_879_200, issuedAt: 1_711_792_800 }),
  sizeBytes: 24_117_248,
  contentType: 'video/mp4',
  placeholder: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
};

const LIVE: ClipState = {
  clip: CLIP,
  status: 'live',
  revision: 7,
  facts: { durationSeconds: 21.25, width: 1920, height: 1080 },
  thumbnail: 'thumb/1213063181631516641-1213063179848942529.webp',
  posterImage: 'poster/1213063181631516641-1213063179848942529.jpg',
  thumbnailHash: '9f2c51d08b7e43a6',
  posterImageHash: '04b1e7a95cd3286f',
};

/** The state of the example in docs/records.md. */
const EXAMPLE: ClipState = {
  ...LIVE,
  storyboard: 'storyboard/1213063181631516641-1213063179848942529.webp',
  storyboardHash: 'c3d94a17e60b82f5',
  storyboardTimes: [0, 4.167, 8.333, 12.5, 16.667, 20.833],
  pictureVersion: 2,
  clip: { ...CLIP, description: 'last second of #overtime, thanks @Marlow' },
  facts: {
    durationSeconds: 21.25,
    width: 1920,
    height: 1080,
    codec: 'h264',
    frameRate: 60,
    bitRate: Math.round((24_117_248 * 8) / 21.25),
    hasAudio: true,
    createdAt: 1_709_287_113,
  },
};

/** A clip with only the fields that Discord always sends. */
const BARE: ClipState = {
  clip: without(CLIP, 'sizeBytes', 'contentType', 'placeholder'),
  status: 'archiving',
  revision: 1,
};

/** The record as it is stored in the bucket. */
const stored = (state: ClipState, attempt = 1): ClipRecord =>
  JSON.parse(JSON.stringify(recordOf(state, attempt))) as ClipRecord;

describe('a record', () => {
  test('the example in docs/records.md matches the record that the program writes for the same clip', async () => {
    const page = await readRepositoryFile('docs/records.md');
    const [, example = ''] = /^```json\n(.+?)^```$/ms.exec(page) ?? [];
    assert.equal(example, `${JSON.stringify(recordOf(EXAMPLE, 1), null, 2)}\n`);
  });

  test('a record contains facts about the message, the file and the thumbnail, and the attempt number of the write', () => {
    assert.deepEqual(stored(LIVE, 2), {
      Id: '1213063181631516641-1213063179848942529',
      Discord_id: '1213063181631516641',
      Poster: '_juno',
      Date: 1709287200.125,
      Link_to_message:
        'https://discord.com/channels/442294389964800640/1196521684992000058/1213063181631516641',
      Description: 'message text with mentions resolved',
      Attachment_URL: CLIP.url,
      Filename: 'COMET',
      Expire_Timestamp: 1711879200,
      channelId: '1196521684992000058',
      Status: 'live',
      Runtime: 21.25,
      Width: 1920,
      Height: 1080,
      Size: 24117248,
      Content_Type: 'video/mp4',
      Thumbnail: 'thumb/1213063181631516641-1213063179848942529.webp',
      Poster_Image: 'poster/1213063181631516641-1213063179848942529.jpg',
      Thumbnail_Hash: '9f2c51d08b7e43a6',
      Poster_Image_Hash: '04b1e7a95cd3286f',
      Poster_Id: '356003082141696426',
      guildId: '442294389964800640',
      Revision: 7,
      Attempt: 2,
      Placeholder: '1QcSHQRnh493V4dIh4eXh1h4kJUI',
    });
  });

  test('a record leaves out fields whose values are unknown', () => {
    const record = recordOf(BARE, 1);
    assert.deepEqual(record, stored(BARE), 'no field is undefined');
    const never = ['Size', 'Content_Type', 'Runtime', 'Width', 'Height', 'Codec', 'Frame_Rate'];
    never.push('Has_Audio', 'Placeholder', 'Thumbnail', 'Thumbnail_Error', 'Deleted_At');
    for (const field of never) assert.ok(!(field in record), field);
  });

  test('until the video file is read, a record has the duration and dimensions that Discord sent', () => {
    const clip = { ...CLIP, durationSeconds: 26, width: 1280, height: 720 };
    const early = without({ ...LIVE, clip }, 'facts');
    const shape = ({ Runtime, Width, Height }: ClipRecord) => [Runtime, Width, Height];
    assert.deepEqual(shape(recordOf(early, 1)), [26, 1280, 720]);
    assert.deepEqual(shape(recordOf({ ...early, facts: {} }, 1)), [26, 1280, 720]);
    assert.deepEqual(shape(recordOf({ ...LIVE, clip }, 1)), [21.25, 1920, 1080]);
  });

  test('if a value is false, zero or an empty text, the record still contains the field', () => {
    const facts = { hasAudio: false, frameRate: 0, codec: 'avc1' };
    const record = stored({ ...LIVE, facts, clip: { ...CLIP, description: '' } });
    assert.equal(record.Has_Audio, false);
    assert.equal(record.Frame_Rate, 0);
    assert.equal(record.Codec, 'avc1');
    assert.equal(record.Description, '');
  });

  test('if a clip without a thumbnail is deleted, its record has the deletion time and the thumbnail error', () => {
    const thumbnailError = { type: 'MediaUnreadable', message: 'no video in it' };
    const rest = without(LIVE, 'thumbnail');
    const record = stored({
      ...rest,
      status: 'deleted',
      thumbnailError,
      deletedAtMs: 1_709_300_000_500,
    });
    assert.deepEqual(record.Thumbnail_Error, thumbnailError);
    assert.equal(record.Deleted_At, 1709300000.5);
    assert.equal(record.Status, 'deleted');
    assert.ok(!('Thumbnail' in record));
  });

  test('if a clip has a title, alt text, players and other details, its record contains them', () => {
    const poster = { ...CLIP.poster, userDataId: '1283675776780079888-0123456789abcdef' };
    const player = { id: '356299278253039999', username: 'marlow', displayName: 'Marlow' };
    const clip: Clip = {
      ...CLIP,
      poster,
      title: 'Team wipe on Ilios',
      altText: 'five in a row',
      spoiler: true,
      nsfw: true,
      players: [player],
      game: 'Overwatch 2',
      clippedAtMs: 1_709_287_000_500,
      postedBy: { ...player, avatar: null },
      webhookId: '1283675776780079888',
      webUrl: 'https://chat.example',
    };
    const record = stored({ ...LIVE, clip });
    const before = stored(LIVE);
    assert.deepEqual(record, {
      ...before,
      Link_to_message: before.Link_to_message.replace('discord.com', 'chat.example'),
      Title: 'Team wipe on Ilios',
      Alt_Text: 'five in a row',
      Spoiler: true,
      Nsfw: true,
      Players: [{ Id: player.id, Name: 'marlow', Display_Name: 'Marlow' }],
      Game: 'Overwatch 2',
      Clipped_At: 1709287000.5,
      Posted_By_Id: player.id,
      Webhook_Id: '1283675776780079888',
      User_Data: 'userData/1283675776780079888-0123456789abcdef.json',
    });
  });

  test('if Discord gives no size, the record contains the size of the file', () => {
    const facts = { ...LIVE.facts, sizeBytes: 5 };
    assert.equal(recordOf({ ...LIVE, facts }, 1).Size, CLIP.sizeBytes);
    assert.equal(recordOf({ ...BARE, facts }, 1).Size, 5);
  });

  test('if a file name contains several dots, the record leaves out only the last extension', () => {
    const filename = (name: string): string =>
      recordOf({ ...LIVE, clip: { ...CLIP, filename: name } }, 1).Filename;
    assert.equal(filename('COMET.MP4'), 'COMET');
    assert.equal(filename('replay.2024.10.mp4'), 'replay.2024.10');
    assert.equal(filename('COMET'), 'COMET');
  });

  test('the record of a clip in a direct message links to that message', () => {
    const clip = { ...CLIP, guildId: null, guildName: null, url: 'https://cdn.example/x.mp4' };
    const record = stored({ ...LIVE, clip });
    assert.equal(
      record.Link_to_message,
      'https://discord.com/channels/@me/1196521684992000058/1213063181631516641',
    );
    assert.equal(record.guildId, null);
    assert.equal(record.Expire_Timestamp, null);
  });
});

describe('a stored record', () => {
  const at = (revision: number, attempt: number) => recordOf({ ...LIVE, revision }, attempt);

  test('a record counts as newer than records with a lower revision, or with the same revision and a lower attempt number', () => {
    const order = fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(order, order, ([revision, attempt], [revision2, attempt2]) => {
        const isLater = revision > revision2 || (revision === revision2 && attempt > attempt2);
        assert.equal(supersedes(at(revision, attempt), at(revision2, attempt2)), isLater);
      }),
    );
    assert.equal(supersedes(without(at(7, 1), 'Attempt'), at(7, 1)), false);
  });

  test('if a clip already has a record, a new workflow takes over the facts, thumbnail and poster image, but not the status', () => {
    const facts = { ...LIVE.facts, codec: 'avc1', frameRate: 60, hasAudio: false };
    const deleted: ClipState = { ...LIVE, facts, status: 'deleted', deletedAtMs: 1 };
    assert.deepEqual(adoptedFrom(stored(deleted)), {
      revision: 7,
      facts: {
        durationSeconds: 21.25,
        width: 1920,
        height: 1080,
        codec: 'avc1',
        frameRate: 60,
        hasAudio: false,
        sizeBytes: 24_117_248,
      },
      thumbnail: LIVE.thumbnail,
      posterImage: LIVE.posterImage,
      thumbnailHash: LIVE.thumbnailHash,
      posterImageHash: LIVE.posterImageHash,
    });
  });

  test('a new workflow takes over the storyboard and the version of the pictures', () => {
    const pictures = {
      storyboard: 'storyboard/1-2.webp',
      storyboardHash: 'c3d94a17e60b82f5',
      storyboardTimes: [1.5, 8, 16.25],
      pictureVersion: 2,
    };
    const record = stored({ ...BARE, ...pictures });
    assert.deepEqual(adoptedFrom(record), { revision: 1, facts: {}, ...pictures });
  });

  test('if fields of a stored record have the wrong type, adopting the record leaves them out', () => {
    const nonsense = {
      ...stored(LIVE),
      Runtime: 'long',
      Width: null,
      Height: [1080],
      Codec: 7,
      Has_Audio: 'yes',
      Size: '5 MB',
      Thumbnail: { key: 'thumb/x.webp' },
      Poster_Image: 1,
      Thumbnail_Hash: 9,
      Poster_Image_Hash: null,
      Thumbnail_Error: 'no picture',
    } as unknown as ClipRecord;
    assert.deepEqual(adoptedFrom(nonsense), { revision: 7, facts: {} });
    const half = { ...nonsense, Thumbnail_Error: { type: 'ServiceFailed' } } as ClipRecord;
    assert.deepEqual(adoptedFrom(half), { revision: 7, facts: {} });
  });

  test('adopting a record leaves out values that Everclip cannot have written', () => {
    const endless = 'x'.repeat(3_000_000);
    const forged: Partial<ClipRecord>[] = [
      { Thumbnail: 'https://e.example/p.png' },
      { Thumbnail: '../userData/1.json' },
      { Thumbnail: `thumb/1-${'2'.repeat(10)}.html` },
      { Poster_Image: 'https://e.example/p.jpg' },
      { Poster_Image: 'poster/../userData/1.jpg' },
      { Poster_Image: 'poster/1-2.png' },
      { Thumbnail_Hash: '9f2c51d08b7e43a' },
      { Poster_Image_Hash: '"><script>alert' },
      { Storyboard: 'storyboard/1-2.webp' },
      { Storyboard: 'storyboard/1-2.png', Storyboard_Times: [1, 2, 3] },
      { Storyboard: 'storyboard/1-2.webp', Storyboard_Times: [1, -2, 3] },
      { Storyboard: 'storyboard/1-2.webp', Storyboard_Times: Array<number>(11).fill(1) },
      { Picture_Version: 1.5 },
      { Codec: endless },
      { Thumbnail_Error: { type: 'ServiceFailed', message: endless } },
      { Runtime: -1, Bit_Rate: Infinity },
    ];
    for (const fields of forged) {
      const record = { ...stored(BARE), ...fields };
      assert.deepEqual(adoptedFrom(record), { revision: 1, facts: {} }, Object.keys(fields)[0]);
    }
  });

  test('if a stored record lacks a field, the state that a new workflow takes over lacks that field too', () => {
    const adopted = adoptedFrom(stored(BARE));
    assert.deepEqual(adopted, { revision: 1, facts: {} });
    assert.deepEqual(Object.keys(adopted), ['revision', 'facts']);
    const thumbnailError = { type: 'MediaTooLarge', message: 'more than 512 MB' };
    assert.deepEqual(
      adoptedFrom(stored({ ...BARE, thumbnailError })).thumbnailError,
      thumbnailError,
    );
  });
});

describe('the clip of a stored record', () => {
  const PLACE = { channelName: 'overtime', guildName: 'Clip Club' };

  test('a workflow that starts with it writes the same record', () => {
    const webhook = { userDataId: '356003082141696426-0a1b', displayName: '_juno' };
    const clips: Clip[] = [
      CLIP,
      { ...CLIP, guildId: null, guildName: null, description: '' },
      { ...CLIP, webUrl: 'https://chat.example.com/app', filename: 'match 12.30.mkv' },
      { ...CLIP, filename: 'COMET.mp4.mp4' },
      { ...CLIP, filename: '.webm' },
      { ...CLIP, poster: { ...CLIP.poster, ...webhook }, webhookId: '356003082141696426' },
      {
        ...CLIP,
        ...{ title: 'Ace', altText: 'a round', spoiler: true, nsfw: true, game: 'Chess' },
        players: [{ id: '1', username: 'marlow', displayName: 'Marlow' }],
        clippedAtMs: 1_709_287_100_999,
        postedBy: { ...CLIP.poster, id: '2' },
        ...{ width: 1280, height: 720, durationSeconds: 26.5 },
      },
    ];
    for (const clip of clips) {
      const record = stored({ ...LIVE, clip });
      const found = clipOfRecord(record, PLACE);
      assert.ok(found);
      assert.deepEqual(stored({ ...LIVE, clip: found }), record);
      assert.deepEqual([found.channelName, found.guildName], ['overtime', clip.guildName]);
    }
  });

  test('if anybody has written other values into the record, they are left out, or there is no clip', () => {
    const record = stored(LIVE);
    const strange = {
      ...{ Size: '1', Players: [null, { Id: 7 }], Clipped_At: 'now', Posted_By_Id: {} },
      ...{ User_Data: '../secrets.json', Title: 5, Spoiler: 'yes', Link_to_message: 'x' },
    };
    const found = clipOfRecord({ ...record, ...strange } as never, PLACE);
    assert.deepEqual(stored({ ...LIVE, clip: found! }), without(record, 'Size'));
    for (const wrong of [
      { Poster_Id: 'me' },
      { Id: '../../x' },
      { Attachment_URL: 'x' },
      { Date: -1 },
    ])
      assert.equal(clipOfRecord({ ...record, ...wrong }, PLACE), null);
  });
});

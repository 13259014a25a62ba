import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extensionOf } from '../../src/catalog/project/extension.ts';
import { projectChannel, projectPoster } from '../../src/catalog/project/name-rows.ts';
import { oldIdOf } from '../../src/catalog/project/old-id.ts';
import { projectRecord } from '../../src/catalog/project/record-row.ts';
import { CHANNEL, idOf, keyOf, recordOf } from './changes.ts';

const NOW_MS = Date.UTC(2024, 2, 31);

function project(fields: Record<string, unknown> = {}, key = keyOf(recordOf(1))) {
  return projectRecord(key, { ...recordOf(1), ...fields }, NOW_MS);
}

test('a record is unreadable if its ids are invalid or belong to another key', () => {
  assert.notEqual(project(), null);
  const invalid = [
    ...[{ Id: undefined }, { Id: 7 }, { Id: '1-2' }, { Id: idOf(2) }, { Id: `${idOf(1)}-1` }],
    ...[{ channelId: null }, { channelId: '12' }, { channelId: '1196521684992000059' }],
    ...[
      { Revision: 0 },
      { Revision: 1.5 },
      { Revision: '1' },
      { Revision: Infinity },
      { Revision: 2 ** 53 },
    ],
  ];
  for (const fields of invalid) assert.equal(project(fields), null, JSON.stringify(fields));
  for (const record of [null, 'x', 7, [], {}]) {
    assert.equal(projectRecord(keyOf(recordOf(1)), record, NOW_MS), null);
  }
  assert.equal(project({}, `elsewhere/${CHANNEL}/${idOf(1)}.json`), null);
});

test('an invalid field is left out and a valid one is kept', () => {
  const row = project({
    ...{
      Status: 'odd',
      Attempt: -1,
      Date: '1',
      Runtime: -5,
      Width: Infinity,
      Height: 5,
      Size: '9',
    },
    ...{ Has_Audio: 1, Codec: {}, Players: [{ Id: 'x' }, null, { Id: '7', Name: 'mia' }], Game: 5 },
    ...{
      Thumbnail: '../secret',
      Poster_Image: `poster/${idOf(1)}.jpg`,
      Poster_Image_Hash: '"><script>',
    },
    ...{
      Placeholder: '<b>',
      Deleted_At: 1e15,
      guildId: 'x',
      Poster_Id: 'x',
      User_Data: '../x',
      Poster: 7,
    },
  });
  assert.equal(row?.clip.status, 'unreachable');
  assert.equal(row.link.attempt, 0);
  assert.equal(row.clip.posted_at_ms, 1_709_287_200_125, 'the time of the message id');
  assert.equal(row.clip.seconds, -1);
  assert.deepEqual([row.clip.guild_id, row.clip.poster_id, row.clip.poster_key], [null, '', '']);
  assert.deepEqual([row.clip.game, row.clip.username, row.clip.is_vertical], [null, '', false]);
  const { details } = row.clip;
  assert.deepEqual(details.players, [{ Id: '7', Name: 'mia', Display_Name: 'mia' }]);
  assert.deepEqual([details.width, details.height, details.sizeBytes], [null, 5, null]);
  assert.deepEqual([details.hasAudio, details.codec, details.deletedAtMs], [null, null, null]);
  assert.deepEqual([details.placeholder, details.thumbnail], [null, null]);
  assert.deepEqual(details.posterImage, { key: `poster/${idOf(1)}.jpg`, version: null });
});

test('a storyboard without valid times in order is left out, and an invalid hash counts as unknown', () => {
  const Storyboard = `storyboard/${idOf(1)}.webp`;
  const of = (fields: Record<string, unknown>) => project(fields)?.clip.details.storyboard;
  const times = [0, 1.5, 12];
  const good = { Storyboard, Storyboard_Times: times, Storyboard_Hash: '0123456789abcdef' };
  assert.deepEqual(of(good), { key: Storyboard, version: '0123456789abcdef', times });
  assert.equal(of({ ...good, Storyboard_Hash: '"><script>' })?.version, null);
  assert.equal(of({}), null);
  for (const wrong of [
    undefined,
    [],
    'soon',
    [1, 1],
    [2, 1],
    [-1, 2],
    [1, null],
    Array(11).fill(0),
  ])
    assert.equal(of({ ...good, Storyboard_Times: wrong }), null, JSON.stringify(wrong));
  assert.equal(of({ ...good, Storyboard: '../secret' }), null);
});

test('if a long message is cut inside a spoiler, the spoiler is left out and never shown', () => {
  const text = `look ||first|| ${'x'.repeat(7900)}`;
  const row = project({ Description: `${text}||${'he dies '.repeat(100)}||` });
  assert.equal(row?.clip.details.description, text);
  const bars = project({ Description: `look ||${'x'.repeat(7992)}||` });
  assert.equal(bars?.clip.details.description, 'look ', 'one of the bars is left');
});

test('texts lose NUL and halves of characters, and long texts are cut', () => {
  const row = project({
    Description: `a\0b\ud800c${'🔥'.repeat(9000)}`,
    Filename: 'x'.repeat(9999),
  });
  assert.ok(row);
  assert.ok(row.clip.details.description.startsWith('abc🔥'));
  assert.ok(row.clip.details.description.length <= 8000);
  assert.doesNotMatch(JSON.stringify(row), /\\u0000|\\ud[89a-f]/i);
  assert.equal(row.clip.details.filename.length, 260);
});

test('a message link that leads to another message is replaced', () => {
  const own = (origin: string) => `${origin}/channels/@me/${CHANNEL}/${recordOf(1).Discord_id}`;
  const linkFor = (link: unknown) => project({ Link_to_message: link })?.clip.details.messageLink;
  assert.equal(linkFor(own('https://chat.example')), own('https://chat.example'));
  for (const link of ['https://evil.example/', 'javascript:alert(1)', null, 5]) {
    assert.equal(linkFor(link), own('https://discord.com'));
  }
});

test('the lease comes from the link, and a lease that claims too much counts as unreadable', () => {
  const at = (query: string) =>
    project({ Attachment_URL: `https://cdn.example/a.mp4${query}` })?.link;
  assert.equal(at('?ex=66093420&is=6607e2a0')?.expires_at_ms, 1_711_879_200_000);
  assert.equal(at('?ex=66093420&is=6607e2a0')?.issued_at_ms, 1_711_792_800_000);
  assert.deepEqual([at('')?.expires_at_ms, at('')?.issued_at_ms], [null, null]);
  assert.equal(at('?ex=ffffffff')?.expires_at_ms, null);
  for (const url of ['ftp://x/a.mp4', 'javascript:x', null, 7, `https://x/${'a'.repeat(9000)}`]) {
    assert.equal(project({ Attachment_URL: url })?.link.url, null);
  }
});

test('a new link, revision or attempt does not change the content of the clip, and any field does', () => {
  const hashOf = (fields: Record<string, unknown>) => project(fields)?.link.content_hash;
  const url = recordOf(1).Attachment_URL.replace('66093420', '660a85a0');
  assert.equal(
    hashOf({ Attachment_URL: url, Revision: 9, Attempt: 3, Expire_Timestamp: 5 }),
    hashOf({}),
  );
  for (const fields of [
    { Status: 'deleted' },
    { Runtime: 5 },
    { Title: 'x' },
    { Spoiler: true },
    { Poster: 'x' },
  ]) {
    assert.notEqual(hashOf(fields), hashOf({}), JSON.stringify(fields));
  }
});

test('the ending is the file name’s, else the content type’s, else mp4', () => {
  const cases: [string | null, string | null, string][] = [
    ['https://x.example/a.mov?ex=1', 'video/mp4', 'mov'],
    ['https://x.example/a.WEBM', null, 'webm'],
    ['https://x.example/a.m4v#x', null, 'm4v'],
    ['https://x.example/a.bin?ex=1', 'video/x-matroska', 'mkv'],
    ['https://x.example/a', 'video/QuickTime; codecs="avc1"', 'mov'],
    ['https://x.example/a.exe', 'text/html', 'mp4'],
    [null, null, 'mp4'],
  ];
  for (const [url, type, extension] of cases) assert.equal(extensionOf(url, type), extension);
});

test('an old id is the one that the old archive computed', () => {
  const url =
    'https://cdn.discordapp.com/attachments/100000000000000002/100000000000000003/ace.mp4';
  const clip = { posterId: '100000000000000001', url: `${url}?ex=1&is=2` };
  assert.equal(oldIdOf({ ...clip, postedAtMs: Date.UTC(2024, 9, 14, 6, 44, 54, 209) }), 'c894f61c');
  assert.equal(oldIdOf({ ...clip, postedAtMs: Date.UTC(2024, 9, 14, 6, 44, 54) }), 'f0cdb35e');
});

test('the user data of a webhook’s poster are those that the record names', () => {
  const row = project({ Poster_Id: '300', User_Data: 'userData/300-0abc.json' });
  assert.deepEqual([row?.clip.poster_id, row?.clip.poster_key], ['300', '300-0abc']);
});

test('doubt publishes no channel and trusts no name of a foreign key', () => {
  const key = `channels/${CHANNEL}.json`;
  const row = projectChannel(key, { Id: CHANNEL, Name: 'a\0b', Public: 'true', Nsfw: 0 });
  assert.deepEqual([row?.name, row?.is_public, row?.is_nsfw], ['ab', false, true]);
  assert.equal(projectChannel(key, { Id: '1196521684992000059', Name: 'x' }), null);
  assert.equal(projectChannel(key, { Id: CHANNEL }), null);
});

test('user data show only an avatar of their own, whose version follows Discord’s URL', () => {
  const user = { Id: '7', Name: 'mia', Url: 'https://x/1', Icon: 'userData/7.png' };
  const row = projectPoster('userData/7.json', user);
  assert.deepEqual([row?.display_name, row?.avatar_key], ['mia', 'userData/7.png']);
  const other = projectPoster('userData/7.json', { ...user, Url: 'https://x/2' });
  assert.notEqual(other?.avatar_version, row?.avatar_version);
  for (const Icon of ['userData/77.png', 'thumb/1-2.webp', '../x', null]) {
    assert.equal(projectPoster('userData/7.json', { ...user, Icon })?.avatar_key, null);
  }
  assert.equal(projectPoster('userData/8.json', user), null);
  assert.equal(projectPoster('userData/7.json', { Id: '7' }), null);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AttachmentFlags, InteractionType } from 'discord-api-types/v10';
import type { Clip } from '../../../src/clip/clip.ts';
import { detailsOf, hasSameDetails, withDetails } from '../../../src/clip/message/details.ts';
import { clipsOfMessage } from '../../../src/clip/message.ts';
import { aMessage, anAttachment, JUNO, PLACE, RULES } from '../a-message.ts';
import { COMPONENTS_V2, TITLES } from '../payloads/read.ts';

const first = (...args: Parameters<typeof clipsOfMessage>): Clip => {
  const [clip] = clipsOfMessage(...args);
  assert.ok(clip);
  return clip;
};
const clipOf = (more: Parameters<typeof anAttachment>[0]): Clip =>
  first(aMessage({ attachments: [anAttachment(more)] }), PLACE, RULES);

describe('the details of a clip', () => {
  test('a clip has the title that its uploader gave, and what Discord says of its own clips', () => {
    const clips = clipsOfMessage(TITLES, PLACE, RULES);
    assert.deepEqual(
      clips.map((clip) => [clip.filename, detailsOf(clip)]),
      [
        ['_.mp4', { title: 'クラッチ' }],
        [
          'Overwatch_2_2026.mp4',
          {
            title: 'Team wipe on Ilios',
            spoiler: true,
            players: [{ id: '100000000000000004', username: 'marlow', displayName: 'Marlow' }],
            game: 'Overwatch 2',
            clippedAtMs: Date.parse('2026-10-14T06:40:00Z'),
          },
        ],
      ],
      'the thumbnail of a thread is not a clip',
    );
  });

  test('a spoiler is a clip with the flag or with the prefix of its name', () => {
    assert.equal(clipOf({ flags: AttachmentFlags.IsSpoiler }).spoiler, true);
    assert.equal(clipOf({ filename: 'SPOILER_ace.mp4' }).spoiler, true);
    for (const plain of [{}, { flags: AttachmentFlags.IsClip }, { filename: 'spoiler_ace.mp4' }]) {
      assert.ok(!('spoiler' in clipOf(plain)), JSON.stringify(plain));
    }
  });

  test('the description of an attachment is the alt text', () => {
    assert.equal(clipOf({ description: 'five in a row' }).altText, 'five in a row');
    assert.ok(!('altText' in clipOf({ description: '' })));
  });

  test('a clip of an age-restricted channel says so', () => {
    const context = { ...PLACE, isAgeRestricted: true as const };
    assert.equal(first(aMessage(), context, RULES).nsfw, true);
    assert.ok(!('nsfw' in first(aMessage(), PLACE, RULES)));
  });

  test("a bot's answer to a command says who gave the command, also on servers with the older field", () => {
    assert.equal(first(COMPONENTS_V2, PLACE, RULES).postedBy?.username, 'marlow');
    const interaction = {
      id: '1',
      type: InteractionType.ApplicationCommand,
      name: 'clip',
      user: JUNO,
    };
    const answer = aMessage({ interaction });
    assert.equal(first(answer, PLACE, RULES).postedBy?.id, JUNO.id);
  });

  test('details with values that Discord does not send are left out', () => {
    const odd = {
      title: 7,
      description: null,
      clip_participants: [null],
      application: {},
      clip_created_at: 'soon',
      flags: null,
    };
    assert.deepEqual(detailsOf(clipOf(odd as never)), {});
    const long = clipOf({
      title: 'x'.repeat(5000),
      clip_participants: Array.from({ length: 500 }, () => JUNO),
    });
    assert.equal(long.title?.length, 1024);
    assert.equal(long.players?.length, 50);
  });

  test("a clip stores DISCORD_WEB_URL only if it is not Discord's own address", () => {
    const rules = { ...RULES, webUrl: 'https://chat.example' };
    assert.equal(first(aMessage(), PLACE, rules).webUrl, 'https://chat.example');
    const standard = { ...RULES, webUrl: 'https://discord.com' };
    assert.ok(!('webUrl' in first(aMessage(), PLACE, standard)));
  });
});

describe('new details of a clip', () => {
  const player = { id: '4', username: 'marlow', displayName: 'Marlow' };
  const clip: Clip = { ...clipOf({}), title: 'Ace', altText: 'five', spoiler: true };

  test('an edit changes and removes alt text and spoiler, and changes the title', () => {
    const edited = withDetails(clip, { title: 'An ace', altText: '5' });
    assert.deepEqual(detailsOf(edited), { title: 'An ace', altText: '5' });
    assert.ok(!('spoiler' in edited));
    assert.equal(edited.url, clip.url);
    assert.deepEqual(detailsOf(withDetails(edited, {})), { title: 'An ace' });
  });

  test('an edit into components removes no title, player, game or time, although components lack them', () => {
    const known = { players: [player], game: 'Overwatch 2', clippedAtMs: 5, webhookId: '7' };
    const before = { ...clip, ...known };
    assert.deepEqual(detailsOf(withDetails(before, {})), { ...known, title: 'Ace' });
  });

  test('details that an older version did not store are added', () => {
    const old = clipOf({});
    const now = { players: [player], game: 'Overwatch 2', webUrl: 'https://chat.example' };
    assert.deepEqual(detailsOf(withDetails(old, now)), now);
  });

  test('if the details are the same, the clip is the same object', () => {
    assert.equal(withDetails(clip, detailsOf(clip)), clip);
    const refreshed: Clip = { ...clip, url: 'https://cdn.example/other.mp4' };
    assert.ok(hasSameDetails(clip, refreshed));
    assert.ok(!hasSameDetails(clip, { ...clip, altText: 'six' }));
  });
});

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
  test('if Discord sends a title, players, a game or a time for an attachment, the clip stores them', () => {
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

  test('if an attachment has the spoiler flag or the spoiler prefix in its name, the clip is a spoiler', () => {
    assert.equal(clipOf({ flags: AttachmentFlags.IsSpoiler }).spoiler, true);
    assert.equal(clipOf({ filename: 'SPOILER_ace.mp4' }).spoiler, true);
    for (const plain of [{}, { flags: AttachmentFlags.IsClip }, { filename: 'spoiler_ace.mp4' }]) {
      assert.ok(!('spoiler' in clipOf(plain)), JSON.stringify(plain));
    }
  });

  test('if an attachment has a description, the description is the alt text of the clip', () => {
    assert.equal(clipOf({ description: 'five in a row' }).altText, 'five in a row');
    assert.ok(!('altText' in clipOf({ description: '' })));
  });

  test('if a channel is age-restricted, its clips are marked as age-restricted', () => {
    const context = { ...PLACE, isAgeRestricted: true as const };
    assert.equal(first(aMessage(), context, RULES).nsfw, true);
    assert.ok(!('nsfw' in first(aMessage(), PLACE, RULES)));
  });

  test('if a bot answers a command, the clip names the user who gave the command, even if Discord sends only the older field `interaction`', () => {
    assert.equal(first(COMPONENTS_V2, PLACE, RULES).postedBy?.username, 'marlow');
    const interaction = {
      id: '1',
      type: InteractionType.ApplicationCommand,
      name: 'clip',
      user: JUNO,
    };
    // oxlint-disable-next-line typescript/no-deprecated -- Some compatible servers send only this field.
    const answer = aMessage({ interaction });
    assert.equal(first(answer, PLACE, RULES).postedBy?.id, JUNO.id);
  });

  test('if details have values that Discord never sends, the clip leaves them out', () => {
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

  test('if DISCORD_WEB_URL is the address of Discord itself, clips do not store it', () => {
    const rules = { ...RULES, webUrl: 'https://chat.example' };
    assert.equal(first(aMessage(), PLACE, rules).webUrl, 'https://chat.example');
    const standard = { ...RULES, webUrl: 'https://discord.com' };
    assert.ok(!('webUrl' in first(aMessage(), PLACE, standard)));
  });
});

describe('new details of a clip', () => {
  const player = { id: '4', username: 'marlow', displayName: 'Marlow' };
  const clip: Clip = { ...clipOf({}), title: 'Ace', altText: 'five', spoiler: true };

  test('if an edit changes the title, alt text or spoiler of a clip, its details follow the edit', () => {
    const edited = withDetails(clip, { title: 'An ace', altText: '5' });
    assert.deepEqual(detailsOf(edited), { title: 'An ace', altText: '5' });
    assert.ok(!('spoiler' in edited));
    assert.equal(edited.url, clip.url);
    assert.deepEqual(detailsOf(withDetails(edited, {})), { title: 'An ace' });
  });

  test('if a message is edited into components, the clip keeps its title, players, game and time', () => {
    const known = { players: [player], game: 'Overwatch 2', clippedAtMs: 5, webhookId: '7' };
    const before = { ...clip, ...known };
    assert.deepEqual(detailsOf(withDetails(before, {})), { ...known, title: 'Ace' });
  });

  test('if an older version stored a clip without some details, the missing details are added', () => {
    const old = clipOf({});
    const now = { players: [player], game: 'Overwatch 2', webUrl: 'https://chat.example' };
    assert.deepEqual(detailsOf(withDetails(old, now)), now);
  });

  test('if no detail has changed, the result is the same clip object', () => {
    assert.equal(withDetails(clip, detailsOf(clip)), clip);
    const refreshed: Clip = { ...clip, url: 'https://cdn.example/other.mp4' };
    assert.ok(hasSameDetails(clip, refreshed));
    assert.ok(!hasSameDetails(clip, { ...clip, altText: 'six' }));
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageFlags, MessageType, type APIMessage } from 'discord-api-types/v10';
import {
  hasContent,
  isStripped,
  isStrippedPage,
  saysSomething,
  showsContent,
  type PartialMessage,
} from '../../../src/clip/message/content.ts';
import { aMessage, JUNO, PLACE, without } from '../a-message.ts';

const BOT = { ...JUNO, id: PLACE.selfId ?? '' };

/** Returns a message in the form that Discord sends if it leaves out the content. */
const empty = (more: Partial<APIMessage> = {}): APIMessage =>
  aMessage({ content: '', attachments: [], ...more });

/** The fields that Discord leaves out if the intent is off, with example values. */
const CONTENT: Record<string, object> = {
  'a text': { content: 'look' },
  'an attachment': { attachments: aMessage().attachments },
  'an embed': { embeds: [{ title: 'x' }] },
  'a component': { components: [{ type: 17, components: [] }] },
  'a poll': { poll: { question: { text: 'which?' } } },
  'a forwarded text': { message_snapshots: [{ message: empty({ content: 'look' }) }] },
  'a forwarded attachment': { message_snapshots: [{ message: aMessage() }] },
};

const STICKER = { sticker_items: [{ id: '1', name: 'x', format_type: 1 }] };

/** The fields that Discord sends even if the intent is off, with example values. */
const OTHER: Record<string, object> = {
  'a sticker': STICKER,
  'an invitation to a game': { activity: { type: 1, party_id: 'x' } },
  'a forwarded sticker': { message_snapshots: [{ message: { ...empty(), ...STICKER } }] },
};

describe('a message that says something', () => {
  for (const [name, fields] of Object.entries(CONTENT)) {
    test(`if a message contains ${name}, Discord has sent its content`, () => {
      const message = { ...empty(), ...fields };
      assert.deepEqual([hasContent(message), saysSomething(message)], [true, true]);
      assert.ok(!isStripped(message));
    });
  }

  for (const [name, fields] of Object.entries(OTHER)) {
    test(`if a message contains only ${name}, the message is valid but does not prove that Discord sent all its content`, () => {
      const message = { ...empty(), ...fields };
      assert.deepEqual([hasContent(message), saysSomething(message)], [false, true]);
      assert.ok(!isStripped(message));
    });
  }

  test('if all content fields of a message are empty, null or missing, the message counts as empty', () => {
    const nulls = { content: null, attachments: null, embeds: null, message_snapshots: null };
    const fields = ['content', 'attachments', 'embeds', 'components'];
    for (const message of [empty(), { ...empty(), ...nulls }, without(empty(), ...fields)]) {
      assert.ok(!saysSomething(message as PartialMessage));
      assert.ok(isStripped(message as PartialMessage));
    }
  });

  test('if Discord leaves out the content of a forwarded message, the forward counts as empty', () => {
    for (const snapshot of [{ message: empty() }, { message: null }, {}, null]) {
      const forward = { ...empty(), message_snapshots: [snapshot] } as PartialMessage;
      assert.ok(!saysSomething(forward));
      assert.ok(isStripped(forward));
    }
  });
});

describe('a message without its content', () => {
  test('if a post, a reply or an answer to a command is empty, Discord has left out its content', () => {
    const { Default, Reply, ChatInputCommand, ContextMenuCommand } = MessageType;
    for (const type of [Default, Reply, ChatInputCommand, ContextMenuCommand]) {
      assert.ok(isStripped(empty({ type })), MessageType[type]);
    }
    assert.ok(isStripped(without(empty(), 'type', 'flags')), 'a server that leaves out the type');
  });

  test('an empty message counts as complete if it is a system message, an unfinished bot answer or a bot post whose embeds are hidden', () => {
    const { UserJoin, ChannelPinnedMessage, GuildBoost, ThreadCreated } = MessageType;
    for (const type of [UserJoin, ChannelPinnedMessage, GuildBoost, ThreadCreated]) {
      assert.ok(!isStripped(empty({ type })), MessageType[type]);
    }
    assert.ok(!isStripped(empty({ flags: MessageFlags.Loading })));
    const flags = MessageFlags.SuppressEmbeds;
    assert.ok(!isStripped(empty({ flags, author: { ...JUNO, bot: true } })));
    assert.ok(!isStripped(empty({ flags, webhook_id: '1' })));
    assert.ok(isStripped(empty({ flags: MessageFlags.SuppressNotifications })));
  });

  test('if the post of a person is empty, its content is missing even if a moderator removed the link previews', () => {
    const flags = MessageFlags.SuppressEmbeds;
    assert.ok(isStripped(empty({ flags })));
    assert.ok(isStripped(empty({ flags, author: { ...JUNO, bot: false } })));
    assert.ok(isStrippedPage([empty({ flags })], BOT.id));
  });
});

describe('a page without its content', () => {
  const notice = empty({ type: MessageType.UserJoin });
  const shown = aMessage();

  test('if every ordinary message on a page is empty, Discord has left out content', () => {
    assert.ok(isStrippedPage([empty()], null));
    assert.ok(isStrippedPage([empty(), notice, empty()], null));
  });

  test('if one message on a page shows content, the page is complete', () => {
    assert.ok(!isStrippedPage([empty(), shown, empty()], null));
  });

  test('a page of stickers and empty messages counts as stripped, but a page of only stickers does not', () => {
    const sticker = { ...empty(), ...STICKER };
    assert.ok(isStrippedPage([sticker, empty(), sticker], null));
    assert.ok(!isStrippedPage([sticker], null), 'a channel may have only stickers');
    assert.ok(!showsContent(sticker, null));
  });

  test('if a page has no ordinary messages, the page is not a sign that Discord leaves out content', () => {
    assert.ok(!isStrippedPage([], null));
    assert.ok(!isStrippedPage([notice], null));
  });

  test('an empty message that mentions the bot counts as a message without its content', () => {
    assert.ok(isStrippedPage([empty({ mentions: [BOT] })], BOT.id));
    assert.ok(!isStrippedPage([empty({ author: BOT })], BOT.id), 'the bot may post what it likes');
  });

  test('if only messages from or to the bot show content, an empty message on the page is still a sign of missing content', () => {
    const own = aMessage({ author: BOT });
    const toBot = aMessage({ mentions: [BOT] });
    assert.ok(isStrippedPage([own, toBot, empty()], BOT.id));
    assert.ok(!isStrippedPage([own, toBot], BOT.id));
    assert.ok(!showsContent(own, BOT.id) && !showsContent(toBot, BOT.id));
    assert.ok(showsContent(shown, BOT.id) && !showsContent(empty(), BOT.id));
  });

  test('if a server leaves out authors or mentions, an empty page still counts as missing its content', () => {
    const bare = without(empty(), 'author', 'mentions');
    assert.ok(isStrippedPage([bare], BOT.id));
    const odd = { ...empty(), mentions: [null], author: null } as unknown as APIMessage;
    assert.ok(isStrippedPage([odd], BOT.id));
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageType, StickerFormatType, type APIMessage } from 'discord-api-types/v10';
import { clipWorkflowId, messageWorkflowIdPrefix } from '../../src/clip/names.ts';
import { invalidInput, isFailure } from '../../src/errors.ts';
import type { ClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createOnMessage, type OnMessageOptions } from '../../src/ingest/on-message.ts';
import { aMessage, anAttachment, PLACE, JUNO, RULES, without } from '../clip/a-message.ts';
import { COMPONENTS_V2 } from '../clip/payloads/read.ts';
import { OTHER_CHANNEL, THREAD } from './fake-discord-client.ts';

const FIRST = '1213063179848942529';
const SECOND = '1213063179848942530';
const TWO = [anAttachment({ id: FIRST }), anAttachment({ id: SECOND })];
const ID = aMessage().id;
const workflow = (attachmentId = FIRST, messageId = ID): string =>
  clipWorkflowId({ messageId, attachmentId });

/** Stages the handler of gateway events with fake clip workflows, which record what is done to them. */
function stage(types = ['mp4']) {
  const running = new Set<string>();
  const done: string[] = [];
  /** The ids of the messages whose deletion was forwarded. */
  const deletions: string[] = [];
  const clips: ClipWorkflows = {
    async start(clip) {
      const id = clipWorkflowId(clip);
      done.push(`start ${id}`);
      if (running.has(id)) return 'known';
      running.add(id);
      return 'started';
    },
    async startOrEdit(clip) {
      const id = clipWorkflowId(clip);
      done.push(`${running.has(id) ? 'edit' : 'start'} ${id}: ${clip.description}`);
      running.add(id);
    },
    async reportDeleted(workflowId) {
      done.push(`deleted ${workflowId}`);
      running.delete(workflowId);
    },
    async requestRefresh(workflowId) {
      done.push(`refresh ${workflowId}`);
    },
    async findRunning(messageId) {
      return [...running].filter((id) => id.startsWith(messageWorkflowIdPrefix(messageId)));
    },
    createBulkLookUp: () => (messageId) => clips.findRunning(messageId),
  };
  const channels = createFakeChannels();
  const onMessage = createOnMessage({
    channels,
    clips,
    clipRules: { ...RULES, types },
    onStripped: ({ messageId }) => done.push(`stripped ${messageId}`),
    onDeleted: (messageId) => deletions.push(messageId),
  });
  /** Runs the work that an event causes. Returns what the work did, and the keys of the work. */
  const send = async (
    t: string | null,
    d: unknown,
  ): Promise<{ done: string[]; keys: string[] }> => {
    done.length = 0;
    const works = onMessage({ t, d });
    for (const { run } of works) await run();
    // An operator must be able to find a failed event in the log by the id of its message.
    for (const { key, ids } of works) assert.deepEqual(ids, { message: key });
    return { done: [...done], keys: works.map(({ key }) => key) };
  };
  return { send, running, clips, onMessage, deletions };
}

/**
 * Creates two fake channels. One is watched, and the other is not. All other channels are unknown until they are looked
 * up. The look-up then finds that only the thread `THREAD` is watched.
 */
function createFakeChannels(): OnMessageOptions['channels'] {
  return {
    checkWatched(channelId) {
      if (channelId === PLACE.channelId) return 'watched';
      return channelId === OTHER_CHANNEL ? 'unwatched' : 'unknown';
    },
    findContext: async (channelId) =>
      channelId === PLACE.channelId || channelId === THREAD ? { ...PLACE, channelId } : null,
  };
}

const edited = (more: Partial<APIMessage> = {}): APIMessage =>
  aMessage({ edited_timestamp: '2024-03-01T10:15:00+00:00', content: 'edited', ...more });
const nothing = { done: [], keys: [] };

/** Returns an edited message that shows this attachment in its components instead of in `attachments`. */
function showing(
  attachmentId: string | undefined,
  { text = 'in components', ...more }: Partial<APIMessage> & { text?: string } = {},
): APIMessage {
  const { url } = anAttachment();
  const file = { url: url.replace(FIRST, attachmentId!), attachment_id: attachmentId };
  const components = [
    { type: 10, content: text },
    { type: 13, file },
  ] as never;
  return edited({ content: '', attachments: [], components, ...more });
}

describe('the guild of an event', () => {
  test('the guild of a new message, an edit and a deletion is passed on, because a channel may not name its guild', async () => {
    const GUILD = '442294389964800640';
    const { clips } = stage();
    const asked: string[] = [];
    const onMessage = createOnMessage({
      channels: {
        checkWatched(_, guildId) {
          asked.push(`check ${guildId}`);
          return 'unknown';
        },
        async findContext(_, guildId) {
          asked.push(`find ${guildId}`);
          return null;
        },
      },
      clips,
      clipRules: RULES,
      onStripped: ({ guildId }) => asked.push(`stripped ${guildId}`),
      onDeleted: () => undefined,
    });
    const place = { channel_id: PLACE.channelId, guild_id: GUILD };
    const events: [string, object][] = [
      ['MESSAGE_CREATE', { ...aMessage(), ...place }],
      ['MESSAGE_UPDATE', { ...edited(), ...place }],
      ['MESSAGE_DELETE', { id: ID, ...place }],
      ['MESSAGE_DELETE_BULK', { ids: [ID], ...place }],
    ];
    for (const [t, d] of events) {
      asked.length = 0;
      for (const { run } of onMessage({ t, d })) await run();
      assert.deepEqual(asked, [`check ${GUILD}`, `find ${GUILD}`], t);
    }
    asked.length = 0;
    onMessage({
      t: 'MESSAGE_CREATE',
      d: { ...aMessage({ content: '', attachments: [] }), ...place },
    });
    assert.deepEqual(asked, [`check ${GUILD}`, `stripped ${GUILD}`]);
  });
});

describe('MESSAGE_CREATE', () => {
  test('a new message starts a workflow for each clip, but not for other attachments', async () => {
    const { send } = stage();
    const picture = anAttachment({ id: '3', filename: 'a.png', content_type: 'image/png' });
    const message = aMessage({ attachments: [...TWO, picture] });
    assert.deepEqual(await send('MESSAGE_CREATE', message), {
      done: [`start ${workflow()}`, `start ${workflow(SECOND)}`],
      keys: [ID],
    });
  });

  test('if a new message has no clips, is from the bot or is in an unwatched channel, no workflow starts', async () => {
    const { send } = stage();
    for (const message of [
      aMessage({ attachments: [] }),
      aMessage({ author: { ...JUNO, id: PLACE.selfId ?? '' } }),
      aMessage({ channel_id: OTHER_CHANNEL }),
    ]) {
      assert.deepEqual((await send('MESSAGE_CREATE', message)).done, []);
    }
  });

  test('if only the components of a new message show clips, those clips are started', async () => {
    const { send } = stage();
    const message = { ...COMPONENTS_V2, channel_id: PLACE.channelId };
    const { done } = await send('MESSAGE_CREATE', message);
    const ids = ['100000000000000003', '1295276127115542530'];
    assert.deepEqual(
      done,
      ids.map((id) => `start ${workflow(id, COMPONENTS_V2.id)}`),
    );
  });

  test('a malformed message without an author is dropped', async () => {
    const { send } = stage();
    assert.deepEqual(await send('MESSAGE_CREATE', aMessage({ author: null as never })), nothing);
  });

  test('if a new message arrives without its content, the message is reported for a later sweep', async () => {
    const { send } = stage();
    const stripped = aMessage({ content: '', attachments: [] });
    assert.deepEqual((await send('MESSAGE_CREATE', stripped)).done, [`stripped ${ID}`]);
    const { done } = await send('MESSAGE_CREATE', without(stripped, 'content', 'embeds', 'type'));
    assert.deepEqual(done, [`stripped ${ID}`]);
  });

  test('if a message is a system message, has text or is in an unwatched channel, it is not reported as empty', async () => {
    const { send } = stage();
    const stripped = aMessage({ content: '', attachments: [] });
    for (const message of [
      { ...stripped, content: 'just text' },
      { ...stripped, type: MessageType.UserJoin },
      { ...stripped, channel_id: OTHER_CHANNEL },
    ] as APIMessage[]) {
      assert.deepEqual((await send('MESSAGE_CREATE', message)).done, []);
    }
  });

  test('if Temporal refuses one clip permanently, the other clips of its message are started', async () => {
    const { onMessage, clips, running } = stage();
    const start = clips.start.bind(clips);
    clips.start = (clip) =>
      clip.attachmentId === FIRST ? Promise.reject(invalidInput('too large')) : start(clip);
    const [work] = onMessage({ t: 'MESSAGE_CREATE', d: aMessage({ attachments: TWO }) });
    await assert.rejects(
      async () => work?.run(),
      (error) => isFailure(error, 'InvalidInput'),
    );
    assert.deepEqual([...running], [workflow(SECOND)]);
  });

  test('if one clip is refused permanently and another clip fails temporarily, the event is retried', async () => {
    const { onMessage, clips } = stage();
    clips.start = ({ attachmentId }) =>
      Promise.reject(attachmentId === FIRST ? invalidInput('too large') : new Error('away'));
    const [work] = onMessage({ t: 'MESSAGE_CREATE', d: aMessage({ attachments: TWO }) });
    await assert.rejects(async () => work?.run(), /away/);
  });

  test('if a message cannot be read, the event fails with InvalidInput and is not retried', async () => {
    const { onMessage } = stage();
    const author = Object.defineProperty({ ...JUNO }, 'username', {
      get: () => {
        throw new TypeError('odd');
      },
    });
    const [work] = onMessage({ t: 'MESSAGE_CREATE', d: aMessage({ author }) });
    await assert.rejects(
      async () => work?.run(),
      (error) => isFailure(error, 'InvalidInput'),
    );
  });

  test('if a new message forwards another message, the forwarded clips start as clips of the new message', async () => {
    const { send } = stage();
    const message = aMessage({
      id: '1213063181631519999',
      content: '',
      attachments: [],
      message_snapshots: [{ message: aMessage() }],
    });
    const { done } = await send('MESSAGE_CREATE', message);
    assert.deepEqual(done, [`start ${workflow(FIRST, '1213063181631519999')}`]);
  });

  test('if one clip of a new message cannot be started, the whole message is retried', async () => {
    const { onMessage, clips, running } = stage();
    const start = clips.start.bind(clips);
    clips.start = (clip) =>
      clip.attachmentId === SECOND ? Promise.reject(new Error('Temporal is away')) : start(clip);
    const [work] = onMessage({ t: 'MESSAGE_CREATE', d: aMessage({ attachments: TWO }) });
    await assert.rejects(async () => work?.run(), /away/);
    clips.start = start;
    await work?.run();
    assert.deepEqual([...running], [workflow(), workflow(SECOND)]);
  });
});

describe('MESSAGE_UPDATE', () => {
  test('an edit that removes one of two clips ends that clip and updates the other clip', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage({ attachments: TWO }));
    assert.deepEqual(await send('MESSAGE_UPDATE', edited({ attachments: TWO.slice(1) })), {
      done: [`deleted ${workflow()}`, `edit ${workflow(SECOND)}: edited`],
      keys: [ID],
    });
  });

  test('an edit that removes the only clip of a message ends that clip', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const { done } = await send('MESSAGE_UPDATE', edited({ attachments: [] }));
    assert.deepEqual(done, [`deleted ${workflow()}`]);
  });

  test('if an edited message has neither text nor attachments, the clip is refreshed instead of ended', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const { done } = await send('MESSAGE_UPDATE', edited({ attachments: [], content: '' }));
    assert.deepEqual(done, [`refresh ${workflow()}`]);
  });

  test('if an update has no content and no text field, the clip refreshes', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const nothing = edited({ attachments: [] });
    for (const update of [without(nothing, 'content'), { ...nothing, content: null as never }]) {
      assert.deepEqual((await send('MESSAGE_UPDATE', update)).done, [`refresh ${workflow()}`]);
    }
  });

  test('if an update has an embed but no text field, the clip refreshes instead of ending', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const update = edited({ attachments: [], embeds: [{ title: 'x' }] });
    const { done } = await send('MESSAGE_UPDATE', without(update, 'content'));
    assert.deepEqual(done, [`refresh ${workflow()}`]);
  });

  test('if an update shows only a sticker, the clip refreshes instead of ending', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const sticker_items = [{ id: '1', name: 'x', format_type: StickerFormatType.PNG }];
    const { done } = await send(
      'MESSAGE_UPDATE',
      edited({ content: '', attachments: [], sticker_items }),
    );
    assert.deepEqual(done, [`refresh ${workflow()}`]);
  });

  test('if an update has no text field, the text of the clip stays the same', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage({ attachments: TWO }));
    const update = without(edited({ attachments: TWO.slice(1) }), 'content');
    assert.deepEqual((await send('MESSAGE_UPDATE', update)).done, [
      `deleted ${workflow()}`,
      `start ${workflow(SECOND)}`,
    ]);
  });

  test('if an update without a text starts a clip, the new clip refreshes and fetches its text', async () => {
    const { send } = stage();
    const { done } = await send('MESSAGE_UPDATE', without(edited(), 'content'));
    assert.deepEqual(done, [`start ${workflow()}`, `refresh ${workflow()}`]);
  });

  test('if an update without a text starts a clip but fails halfway, its retry still makes the clip fetch its text', async () => {
    for (const method of ['start', 'requestRefresh'] as const) {
      const { onMessage, clips, running } = stage();
      const real = clips[method].bind(clips) as (...args: unknown[]) => Promise<never>;
      const refreshed: unknown[] = [];
      let calls = 0;
      Object.assign(clips, {
        requestRefresh: async (id: unknown) => void refreshed.push(id),
        // The first call takes effect in Temporal but still fails, as if only the response had been lost.
        [method]: async (...args: unknown[]) => {
          const answer = await real(...args);
          if ((calls += 1) === 1) throw new Error('away');
          if (method === 'requestRefresh') refreshed.push(...args);
          return answer;
        },
      });
      const [work] = onMessage({ t: 'MESSAGE_UPDATE', d: without(edited(), 'content') });
      await assert.rejects(async () => work?.run(), /away/);
      assert.deepEqual([...running], [workflow()]);
      await work?.run();
      assert.deepEqual(refreshed, [workflow()], method);
      await work?.run();
      assert.deepEqual(refreshed, [workflow()], 'a running clip keeps its text');
    }
  });

  test('if a message is edited into components, the clips that the components do not show end', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage({ attachments: TWO }));
    const { done } = await send('MESSAGE_UPDATE', showing(SECOND));
    assert.deepEqual(done, [`deleted ${workflow()}`, `edit ${workflow(SECOND)}: in components`]);
  });

  test('if a message is edited into components with only text, its clips end', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const components = [{ type: 10, content: 'the clip is gone' }] as never;
    const update = edited({ content: '', attachments: [], components });
    assert.deepEqual((await send('MESSAGE_UPDATE', update)).done, [`deleted ${workflow()}`]);
  });

  test('if a message is edited into components without text, the clips that the components show continue', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const { done } = await send('MESSAGE_UPDATE', showing(FIRST, { text: '' }));
    assert.deepEqual(done, [`edit ${workflow()}: `]);
  });

  test('if an update is not an edit but shows new clips in components, those clips are started', async () => {
    const { send } = stage();
    const { done } = await send('MESSAGE_UPDATE', showing(FIRST, { edited_timestamp: null }));
    assert.deepEqual(done, [`start ${workflow()}: in components`]);
  });

  test('if the clip of an edited message is not running, the edit starts the clip', async () => {
    const { send } = stage();
    const { done } = await send('MESSAGE_UPDATE', edited());
    assert.deepEqual(done, [`start ${workflow()}: edited`]);
  });

  test('an edit does not end a clip whose file type is no longer configured', async () => {
    const { send, running } = stage(['mov']);
    running.add(workflow());
    const { done } = await send('MESSAGE_UPDATE', edited());
    assert.deepEqual(done, []);
  });

  test('a message update that only adds a link preview is ignored', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const unfurled = aMessage({ attachments: [], embeds: [{ url: 'https://example.org' }] });
    assert.deepEqual(await send('MESSAGE_UPDATE', unfurled), nothing);
    assert.deepEqual(await send('MESSAGE_UPDATE', without(unfurled, 'edited_timestamp')), nothing);
  });

  test('a message update without the attachments field or the author field is ignored', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    assert.deepEqual(await send('MESSAGE_UPDATE', without(edited(), 'attachments')), nothing);
    assert.deepEqual(await send('MESSAGE_UPDATE', without(edited(), 'author')), nothing);
    const partial = { id: ID, channel_id: PLACE.channelId, embeds: [] };
    assert.deepEqual(await send('MESSAGE_UPDATE', partial), nothing);
  });

  test('an edit in an unwatched channel is ignored', async () => {
    const { send, running } = stage();
    running.add(workflow());
    const elsewhere = edited({ channel_id: OTHER_CHANNEL, attachments: [] });
    assert.deepEqual(await send('MESSAGE_UPDATE', elsewhere), nothing);
  });
});

describe('MESSAGE_DELETE and MESSAGE_DELETE_BULK', () => {
  test('a deletion ends all clips of the deleted message and no other clips', async () => {
    const { send, deletions } = stage();
    await send('MESSAGE_CREATE', aMessage({ attachments: TWO }));
    await send('MESSAGE_CREATE', aMessage({ id: `${ID}0` }));
    assert.deepEqual(await send('MESSAGE_DELETE', { id: ID, channel_id: PLACE.channelId }), {
      done: [`deleted ${workflow()}`, `deleted ${workflow(SECOND)}`],
      keys: [ID],
    });
    assert.deepEqual(deletions, [ID], 'the deletion is applied again later');
  });

  test('a bulk deletion ends the clips of each deleted message', async () => {
    const { send } = stage();
    const ids = ['1213063181631510001', '1213063181631510002', '1213063181631510003'];
    for (const id of ids.slice(1)) await send('MESSAGE_CREATE', aMessage({ id }));
    assert.deepEqual(await send('MESSAGE_DELETE_BULK', { ids, channel_id: PLACE.channelId }), {
      done: ids.slice(1).map((id) => `deleted ${workflow(FIRST, id)}`),
      keys: ids,
    });
  });

  test('a deletion in an unwatched channel is ignored', async () => {
    const { send, running, deletions } = stage();
    running.add(workflow());
    const deletion = { id: ID, ids: [ID], channel_id: OTHER_CHANNEL };
    assert.deepEqual(await send('MESSAGE_DELETE', deletion), nothing);
    assert.deepEqual(await send('MESSAGE_DELETE_BULK', deletion), nothing);
    assert.deepEqual(deletions, []);
  });

  test('if an unknown channel turns out to be watched, a deletion in that channel ends the clips of the message', async () => {
    const { send, running } = stage();
    running.add(workflow());
    assert.deepEqual(
      (await send('MESSAGE_DELETE', { id: ID, channel_id: '1283675776780079990' })).done,
      [],
    );
    const { done } = await send('MESSAGE_DELETE', { id: ID, channel_id: THREAD });
    assert.deepEqual(done, [`deleted ${workflow()}`]);
  });
});

test('a bulk deletion with an id that cannot be read still ends the clips of the other messages', async () => {
  const { send, running } = stage();
  running.add(workflow());
  const ids = [null, ID, 7, "1' OR ''='", {}];
  const { done } = await send('MESSAGE_DELETE_BULK', { ids, channel_id: PLACE.channelId });
  assert.deepEqual(done, [`deleted ${workflow()}`]);
});

test('if a message contains a malformed attachment, its other clips are started and no clip counts as removed', async () => {
  const { send, running } = stage();
  const odd = [null, 7, { id: 12, filename: 'COMET.mp4' }] as never[];
  const [first] = TWO as [(typeof TWO)[0]];
  const { done } = await send(
    'MESSAGE_CREATE',
    aMessage({ attachments: [...odd.slice(0, 2), first] }),
  );
  assert.deepEqual(done, [`start ${workflow()}`]);
  running.add(workflow(SECOND));
  const edit = await send('MESSAGE_UPDATE', edited({ attachments: [...odd.slice(0, 1), first] }));
  assert.deepEqual(edit.done, [`refresh ${workflow(SECOND)}`, `edit ${workflow()}: edited`]);
});

test('if an event has an invalid id, handling the event throws before any look-up', () => {
  const { onMessage } = stage();
  const malformed: [string, unknown][] = [
    ['MESSAGE_CREATE', { ...aMessage(), id: 7 }],
    ['MESSAGE_UPDATE', { ...edited(), channel_id: undefined }],
    ['MESSAGE_DELETE', { id: ID }],
    ['MESSAGE_DELETE', { id: 'x', channel_id: PLACE.channelId }],
    ['MESSAGE_DELETE', { id: "1' OR ''='", channel_id: PLACE.channelId }],
    ['MESSAGE_DELETE', { id: ID, channel_id: '9'.repeat(20) }],
    ['MESSAGE_DELETE_BULK', { ids: 'none', channel_id: PLACE.channelId }],
  ];
  for (const [t, d] of malformed)
    assert.throws(() => onMessage({ t, d }), /id is (missing|not a Discord id)|is not/, t);
});

test('events that are not about messages are ignored', async () => {
  const { send } = stage();
  for (const t of ['READY', 'GUILD_CREATE', 'MESSAGE_REACTION_ADD', 'TYPING_START', null]) {
    assert.deepEqual(await send(t, aMessage()), nothing);
  }
});

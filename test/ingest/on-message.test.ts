import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { clipWorkflowId, messageWorkflowIdPrefix } from '../../src/clip/names.ts';
import type { ClipTypes } from '../../src/clip/message.ts';
import type { ClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createOnMessage } from '../../src/ingest/on-message.ts';
import { aMessage, anAttachment, PLACE, JUNO, without } from '../clip/a-message.ts';

const [FIRST, SECOND] = ['1213063179848942529', '1213063179848942530'];
const TWO = [anAttachment({ id: FIRST }), anAttachment({ id: SECOND })];
const ID = aMessage().id;
const workflow = (attachmentId = FIRST, messageId = ID): string =>
  clipWorkflowId({ messageId, attachmentId });

/** Clip workflows that note what is done to them, beside an ingest that does it. */
function stage(clipTypes: ClipTypes = ['mp4']) {
  const running = new Set<string>();
  const done: string[] = [];
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
    async gone(workflowId) {
      done.push(`gone ${workflowId}`);
      running.delete(workflowId);
    },
    async doubt(workflowId) {
      done.push(`doubt ${workflowId}`);
    },
    async ofMessage(messageId) {
      return [...running].filter((id) => id.startsWith(messageWorkflowIdPrefix(messageId)));
    },
  };
  const places = {
    of: async (channelId: string) => (channelId === PLACE.channelId ? PLACE : null),
  };
  const onMessage = createOnMessage({ places, clips, clipTypes });
  /** Does all that an event brings, and returns what was done and under which keys. */
  const send = async (
    t: string | null,
    d: unknown,
  ): Promise<{ done: string[]; keys: string[] }> => {
    done.length = 0;
    const works = onMessage({ t, d });
    for (const { run } of works) await run();
    // What goes wrong with an event must be found in the log by its message.
    for (const { key, ids } of works) assert.deepEqual(ids, { message: key });
    return { done: [...done], keys: works.map(({ key }) => key) };
  };
  return { send, running, clips, onMessage };
}

const edited = (more: Partial<APIMessage> = {}): APIMessage =>
  aMessage({ edited_timestamp: '2024-03-01T10:15:00+00:00', content: 'edited', ...more });
const nothing = { done: [], keys: [] };

describe('a new message', () => {
  test('starts each of its clips and nothing else', async () => {
    const { send } = stage();
    const picture = anAttachment({ id: '3', filename: 'a.png', content_type: 'image/png' });
    const message = aMessage({ attachments: [...TWO, picture] });
    assert.deepEqual(await send('MESSAGE_CREATE', message), {
      done: [`start ${workflow()}`, `start ${workflow(SECOND)}`],
      keys: [ID],
    });
  });

  test('without clips, of the bot itself or of a channel that is not watched starts none', async () => {
    const { send } = stage();
    for (const message of [
      aMessage({ attachments: [] }),
      aMessage({ author: { ...JUNO, id: PLACE.selfId ?? '' } }),
      aMessage({ channel_id: '1283675776780079999' }),
    ]) {
      assert.deepEqual((await send('MESSAGE_CREATE', message)).done, []);
    }
  });

  test('of nobody is none, and not tried again for ever', async () => {
    const { send } = stage();
    assert.deepEqual(await send('MESSAGE_CREATE', aMessage({ author: null as never })), nothing);
  });

  test('that forwards clips starts them as its own', async () => {
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

  test('fails as a whole where one clip can not be started, to be done again', async () => {
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

describe('an edit', () => {
  test('tells each clip that is still there, and ends the one that is not', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage({ attachments: TWO }));
    assert.deepEqual(await send('MESSAGE_UPDATE', edited({ attachments: TWO.slice(1) })), {
      done: [`gone ${workflow()}`, `edit ${workflow(SECOND)}: edited`],
      keys: [ID],
    });
  });

  test('that takes the last clip away ends it', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const { done } = await send('MESSAGE_UPDATE', edited({ attachments: [] }));
    assert.deepEqual(done, [`gone ${workflow()}`]);
  });

  test('that says nothing at all ends no clip, but has it look', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const { done } = await send('MESSAGE_UPDATE', edited({ attachments: [], content: '' }));
    assert.deepEqual(done, [`doubt ${workflow()}`]);
  });

  test('starts a clip that nobody saw come', async () => {
    const { send } = stage();
    const { done } = await send('MESSAGE_UPDATE', edited());
    assert.deepEqual(done, [`start ${workflow()}: edited`]);
  });

  test('does not end a clip that is there but no longer among the types', async () => {
    const { send, running } = stage(['mov']);
    running.add(workflow());
    const { done } = await send('MESSAGE_UPDATE', edited());
    assert.deepEqual(done, []);
  });

  test('is none where Discord only unfurled a link', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    const unfurled = aMessage({ attachments: [], embeds: [{ url: 'https://example.org' }] });
    assert.deepEqual(await send('MESSAGE_UPDATE', unfurled), nothing);
    assert.deepEqual(await send('MESSAGE_UPDATE', without(unfurled, 'edited_timestamp')), nothing);
  });

  test('that leaves out attachments or author says nothing about clips', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage());
    assert.deepEqual(await send('MESSAGE_UPDATE', without(edited(), 'attachments')), nothing);
    assert.deepEqual(await send('MESSAGE_UPDATE', without(edited(), 'author')), nothing);
    const partial = { id: ID, channel_id: PLACE.channelId, embeds: [] };
    assert.deepEqual(await send('MESSAGE_UPDATE', partial), nothing);
  });

  test('in a channel that is not watched does nothing', async () => {
    const { send, running } = stage();
    running.add(workflow());
    const elsewhere = edited({ channel_id: '1283675776780079999', attachments: [] });
    assert.deepEqual((await send('MESSAGE_UPDATE', elsewhere)).done, []);
  });
});

describe('a deletion', () => {
  test('ends every clip of the message and of no other', async () => {
    const { send } = stage();
    await send('MESSAGE_CREATE', aMessage({ attachments: TWO }));
    await send('MESSAGE_CREATE', aMessage({ id: `${ID}0` }));
    assert.deepEqual(await send('MESSAGE_DELETE', { id: ID, channel_id: PLACE.channelId }), {
      done: [`gone ${workflow()}`, `gone ${workflow(SECOND)}`],
      keys: [ID],
    });
  });

  test('of many messages at once is work for each of them', async () => {
    const { send } = stage();
    const ids = ['1213063181631510001', '1213063181631510002', '1213063181631510003'];
    for (const id of ids.slice(1)) await send('MESSAGE_CREATE', aMessage({ id }));
    assert.deepEqual(await send('MESSAGE_DELETE_BULK', { ids, channel_id: PLACE.channelId }), {
      done: ids.slice(1).map((id) => `gone ${workflow(FIRST, id)}`),
      keys: ids,
    });
  });
});

test('other events are nothing to ingest', async () => {
  const { send } = stage();
  for (const t of ['READY', 'GUILD_CREATE', 'MESSAGE_REACTION_ADD', 'TYPING_START', null]) {
    assert.deepEqual(await send(t, aMessage()), nothing);
  }
});

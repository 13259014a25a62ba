import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { invalidInput } from '../../src/errors.ts';
import type { ClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createEdits, EDIT_WINDOW_MS } from '../../src/ingest/edits.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import { createOnMessage } from '../../src/ingest/on-message.ts';
import { createLogger } from '../../src/log.ts';
import { aMessage, anAttachment, PLACE, RULES, without } from '../clip/a-message.ts';

const TEN = Array.from({ length: 10 }, (_, n) => anAttachment({ id: `121306317984894250${n}` }));
const ID = aMessage().id;
const SECOND_MS = 1000;

const edited = (content: string, more: Partial<APIMessage> = {}): APIMessage =>
  aMessage({ edited_timestamp: '2024-03-01T10:15:00+00:00', content, attachments: TEN, ...more });

/** Stages the real handler and queue of events, with clip workflows that record what is done to them. */
function stage(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const done: string[] = [];
  const running = new Set(TEN.map(({ id }) => clipWorkflowId({ messageId: ID, attachmentId: id })));
  let failure: Error | null = null;
  const note = (what: string): void => {
    if (failure) throw failure;
    done.push(what);
  };
  const clips: ClipWorkflows = {
    async start(clip) {
      const id = clipWorkflowId(clip);
      if (running.has(id)) return 'known';
      note(`start ${clip.attachmentId}`);
      running.add(id);
      return 'started';
    },
    async startOrEdit({ attachmentId, description }) {
      note(`${attachmentId}: ${description}`);
    },
    async reportDeleted(workflowId) {
      note(`deleted ${workflowId.split('-')[2]}`);
      running.delete(workflowId);
    },
    async requestRefresh() {
      note('refresh');
    },
    async findRunning() {
      if (failure) throw failure;
      return [...running];
    },
    createBulkLookUp: () => () => clips.findRunning(ID),
  };
  const queue = createEventQueue(createLogger('silent', 'test'));
  const onMessage = createOnMessage({
    channels: { checkWatched: () => 'watched', findContext: async () => PLACE },
    clips,
    clipRules: RULES,
    onStripped: () => undefined,
    onDeleted: () => undefined,
  });
  const edits = createEdits({ queue, createWorks: onMessage });
  /** Lets the work in the queue run, unless it waits for a timer. */
  const settle = async () => {
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  };
  /** Returns what was done since the last call. */
  const take = async () => {
    await settle();
    return done.splice(0);
  };
  const update = (message: APIMessage) => {
    edits.handle({ t: 'MESSAGE_UPDATE', d: message });
  };
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    await settle();
  };
  return { edits, queue, update, take, pass, fail: (error: Error | null) => (failure = error) };
}

const textsOf = (text: string): string[] => TEN.map(({ id }) => `${id}: ${text}`);

describe('edits of a message', () => {
  test('if a message was not edited in the last 30 seconds, an edit is passed on at once', async (t) => {
    const { update, take, pass } = stage(t);
    update(edited('one'));
    assert.deepEqual(await take(), textsOf('one'));
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), []);
    update(edited('two'));
    assert.deepEqual(await take(), textsOf('two'));
  });

  test('if a message is edited sixty times in a minute, each clip gets at most one edit in 30 seconds', async (t) => {
    const { update, take, pass } = stage(t);
    const passedOn: { second: number; lines: string[] }[] = [];
    for (let second = 0; second < 95; second++) {
      if (second < 60) update(edited(`edit ${second}`));
      const lines = await take();
      if (lines.length > 0) passedOn.push({ second, lines });
      await pass(SECOND_MS);
    }
    assert.deepEqual(passedOn, [
      { second: 0, lines: textsOf('edit 0') },
      { second: 30, lines: textsOf('edit 29') },
      { second: 60, lines: textsOf('edit 59') },
    ]);
  });

  test('while the edits of one message are held, the edits of other messages are passed on', async (t) => {
    const { update, take } = stage(t);
    update(edited('one'));
    update(edited('two', { id: `${ID}0`, attachments: TEN.slice(0, 1) }));
    const lines = await take();
    assert.equal(lines.filter((line) => line.endsWith('two')).length, 1);
  });

  test('while edits are held, a removed attachment still ends its clip at once and a new one starts a clip', async (t) => {
    const { update, take, pass } = stage(t);
    update(edited('one'));
    await take();
    update(edited('two', { attachments: TEN.slice(1) }));
    assert.deepEqual(await take(), [`deleted ${TEN[0]!.id}`]);
    const added = anAttachment({ id: '1213063179848942599' });
    update(edited('three', { attachments: [...TEN.slice(1), added] }));
    assert.deepEqual(await take(), [`start ${added.id}`, 'refresh']);
    await pass(EDIT_WINDOW_MS);
    const lines = await take();
    assert.equal(lines.length, 10);
    for (const line of lines) assert.match(line, /: three$/);
  });

  test('if an edit replaces attachments with components, clips missing from the components end at once and the others stay', async (t) => {
    const { update, take, pass } = stage(t);
    update(edited('one'));
    await take();
    const [shown, ...others] = TEN;
    assert.ok(shown);
    const components = [
      { type: 10, content: 'two' },
      { type: 13, file: { url: shown.url, attachment_id: shown.id } },
    ] as never;
    update(edited('', { attachments: [], components }));
    assert.deepEqual(
      await take(),
      others.map(({ id }) => `deleted ${id}`),
    );
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), [`${shown.id}: two`]);
  });

  test('if a message loses all its attachments while an edit is held, all its clips end at once', async (t) => {
    const { update, take } = stage(t);
    update(edited('one'));
    await take();
    update(edited('two', { attachments: [] }));
    assert.deepEqual(
      await take(),
      TEN.map(({ id }) => `deleted ${id}`),
    );
  });

  test('if an update without a text arrives while an edit is held, the held text is kept', async (t) => {
    const { update, take, pass } = stage(t);
    update(edited('one'));
    await take();
    update(edited('two'));
    update(without(edited('three'), 'content'));
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), textsOf('two'));
  });

  for (const [name, doubtful] of [
    ['nothing at all', without(edited('', { attachments: [] }), 'content')],
    ['an empty text and no attachment', edited('', { attachments: [] })],
    [
      'only an embed',
      without(edited('', { attachments: [], embeds: [{ title: 'COMET' }] }), 'content'),
    ],
  ] as const) {
    test(`if an update with ${name} arrives while an edit is held, the clips refresh and the held text is kept`, async (t) => {
      const { update, take, pass } = stage(t);
      update(edited('one'));
      await take();
      update(edited('two'));
      update(doubtful);
      assert.deepEqual(await take(), Array<string>(TEN.length).fill('refresh'));
      update(doubtful);
      assert.deepEqual(await take(), []);
      await pass(EDIT_WINDOW_MS);
      const refreshes = Array<string>(TEN.length).fill('refresh');
      assert.deepEqual(await take(), [...textsOf('two'), ...refreshes]);
    });

    test(`if an update with ${name} waits for Temporal, the texts of the clips are not emptied`, async (t) => {
      const { update, take, pass, fail } = stage(t);
      fail(new Error('Temporal is away'));
      update(doubtful);
      await take();
      update(without(edited(''), 'content'));
      fail(null);
      await pass(EDIT_WINDOW_MS);
      assert.deepEqual(await take(), []);
    });
  }

  test('if an update without attachments arrives while an edit is held, the held edit is kept', async (t) => {
    const { update, take, pass } = stage(t);
    update(edited('one'));
    await take();
    update(edited('two'));
    update(without(edited('preview'), 'attachments'));
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), textsOf('two'));
  });

  test('if a message is deleted while an edit is held, the held edit is discarded', async (t) => {
    for (const [type, data] of [
      ['MESSAGE_DELETE', { id: ID }],
      ['MESSAGE_DELETE_BULK', { ids: [ID] }],
    ] as const) {
      await t.test(type, async (t) => {
        const { edits, update, take, pass } = stage(t);
        update(edited('one'));
        update(edited('two'));
        await take();
        update(edited('three'));
        edits.handle({ t: type, d: { ...data, channel_id: PLACE.channelId } });
        assert.equal((await take()).length, TEN.length);
        await pass(EDIT_WINDOW_MS);
        assert.deepEqual(await take(), []);
      });
    }
  });

  test('if Temporal is unreachable while a message is edited many times, only the newest text is passed on', async (t) => {
    const { update, take, pass, fail } = stage(t);
    fail(new Error('Temporal is away'));
    for (let n = 0; n < 300; n++) {
      update(edited(`edit ${n}`));
      await pass(SECOND_MS);
    }
    fail(null);
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), textsOf('edit 299'));
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), []);
  });

  test('if an edit can never succeed, that edit is skipped and the next edit is passed on', async (t) => {
    const { update, take, pass, fail } = stage(t);
    fail(invalidInput('too large'));
    update(edited('one'));
    await take();
    fail(null);
    update(edited('two'));
    await pass(EDIT_WINDOW_MS);
    assert.deepEqual(await take(), textsOf('two'));
  });

  test('if ingest stops while an edit is held, the held edit is passed on', async (t) => {
    const { edits, queue, update, take } = stage(t);
    update(edited('one'));
    await take();
    update(edited('two'));
    edits.flush();
    await queue.idle();
    assert.deepEqual(await take(), textsOf('two'));
    update(edited('three'));
    update(edited('four'));
    await queue.idle();
    assert.equal((await take()).at(-1), `${TEN[9]!.id}: four`);
  });
});

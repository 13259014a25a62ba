import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { hasText } from '../../src/clip/message/content.ts';
import { clipWorkflowId } from '../../src/clip/names.ts';
import type { ClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createEdits, EDIT_WINDOW_MS } from '../../src/ingest/edits.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import { createOnMessage } from '../../src/ingest/on-message.ts';
import { createLogger } from '../../src/log.ts';
import { aMessage, anAttachment, PLACE, RULES, without } from '../clip/a-message.ts';
import { randomOf } from '../support/random.ts';

const ID = aMessage().id;
const SECOND_MS = 1000;

const fileId = (n: number): string => `${1_213_063_179_848_940_000n + BigInt(n)}`;
const numberOf = (workflowId: string): number =>
  Number(BigInt(workflowId.split('-')[2]!) - 1_213_063_179_848_940_000n);

const edited = (content: string, numbers: readonly number[]): APIMessage =>
  aMessage({
    edited_timestamp: '2024-03-01T10:15:00+00:00',
    content,
    attachments: numbers.map((n) => anAttachment({ id: fileId(n) })),
  });

/** Returns an update from which Discord left out the content. */
const stripped = (): APIMessage => without(edited('', []), 'content');

/** Waits for turns of the event loop, with one promise, because the test runner tracks each promise. */
const turns = (count: number): Promise<void> =>
  new Promise((resolve) => {
    const next = (left: number): void => {
      if (left > 0) setImmediate(next, left - 1);
      else resolve();
    };
    next(count);
  });

/**
 * Stages the real handler and queue of events. The clip workflows are in memory: an ended clip does not start again,
 * and a refresh reads the message as it is at that time.
 */
function stage(t: TestContext, onCall: () => Promise<void>) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const running = new Map<number, { text: string }>();
  const ended = new Set<number>();
  const done: string[] = [];
  /** What Discord shows. */
  let shown: { text: string; numbers: readonly number[] } = { text: '', numbers: [] };

  async function start(n: number, text: string): Promise<'started' | 'known'> {
    await onCall();
    if (running.has(n) || ended.has(n)) return 'known';
    done.push(`start ${n}`);
    running.set(n, { text });
    return 'started';
  }

  const numberOfClip = (clip: Parameters<ClipWorkflows['start']>[0]) =>
    numberOf(clipWorkflowId(clip));
  const clips: ClipWorkflows = {
    start: (clip) => start(numberOfClip(clip), clip.description),
    async startOrEdit(clip) {
      const n = numberOfClip(clip);
      if ((await start(n, clip.description)) === 'started') return;
      await onCall();
      done.push(`edit ${n}`);
      if (running.has(n)) running.set(n, { text: clip.description });
    },
    async reportDeleted(workflowId) {
      await onCall();
      const n = numberOf(workflowId);
      done.push(`deleted ${n}`);
      running.delete(n);
      ended.add(n);
    },
    async requestRefresh(workflowId) {
      await onCall();
      const n = numberOf(workflowId);
      done.push(`refresh ${n}`);
      if (!running.has(n)) return;
      if (shown.numbers.includes(n)) running.set(n, { text: shown.text });
      else {
        running.delete(n);
        ended.add(n);
      }
    },
    async findRunning() {
      await onCall();
      return [...running.keys()].map((n) =>
        clipWorkflowId({ messageId: ID, attachmentId: fileId(n) }),
      );
    },
    createBulkLookUp: () => () => clips.findRunning(ID),
  };
  const queue = createEventQueue(createLogger('silent', 'test'));
  const edits = createEdits({
    queue,
    createWorks: createOnMessage({
      channels: { checkWatched: () => 'watched', findContext: async () => PLACE },
      clips,
      clipRules: RULES,
      onStripped: () => undefined,
      onDeleted: () => undefined,
    }),
  });
  return {
    running,
    done,
    /**
     * Delivers an update. From now on, a fetch finds the message with these attachments. `numbers` is null if Discord
     * left the content out of the update, and then a fetch finds the same message as before.
     */
    update: (message: APIMessage, numbers: readonly number[] | null): void => {
      if (numbers !== null) {
        shown = { text: hasText(message) ? message.content : shown.text, numbers };
      }
      edits.handle({ t: 'MESSAGE_UPDATE', d: message });
    },
    remove: (): void => {
      edits.handle({ t: 'MESSAGE_DELETE', d: { id: ID, channel_id: PLACE.channelId } });
    },
    pass: async (ms: number): Promise<void> => {
      t.mock.timers.tick(ms);
      await turns(100);
    },
    shown: () => shown,
  };
}

/** Stages clip workflows whose calls fail while `outage.isOn` is true. Clip 0 is running. */
function stageOutage(t: TestContext) {
  const outage = { isOn: false };
  let lastCall: string | null = null;
  const staged = stage(t, async () => {
    if (lastCall !== null && staged.done.includes(lastCall)) {
      lastCall = null;
      outage.isOn = true;
    }
    if (outage.isOn) throw new Error('Temporal is away');
  });
  /** Makes an outage begin after this call has succeeded. */
  const failAfter = (call: string): void => void (lastCall = call);
  staged.running.set(0, { text: 'zero' });
  const send = async (content: string, numbers: number[]): Promise<void> => {
    staged.update(edited(content, numbers), numbers);
    await staged.pass(0);
  };
  return { ...staged, outage, failAfter, send };
}

describe('edits of a message while Temporal is unreachable', () => {
  test('if the first edit waits while the attachment is replaced twice, the original clip ends and only the last attachment becomes a clip', async (t) => {
    const { outage, send, pass, running, done } = stageOutage(t);
    outage.isOn = true;
    await send('preview 1', [1]);
    await send('preview 2', [2]);
    await send('final', [3]);
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(done, ['deleted 0', 'start 3']);
    assert.deepEqual([...running], [[3, { text: 'final' }]]);
  });

  test('if a held edit waits while the attachment is replaced twice, the original clip ends and only the last attachment becomes a clip', async (t) => {
    const { outage, send, pass, running, done } = stageOutage(t);
    await send('one', [0]);
    await send('two', [0]);
    outage.isOn = true;
    await pass(EDIT_WINDOW_MS);
    await send('preview 1', [1]);
    await send('preview 2', [2]);
    await send('final', [3]);
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(done, ['edit 0', 'deleted 0', 'start 3']);
    assert.deepEqual([...running], [[3, { text: 'final' }]]);
  });

  test('if an edit with another attachment waits longer than 30 seconds, only the newest attachment becomes a clip', async (t) => {
    const { outage, send, pass, running, done } = stageOutage(t);
    await send('one', [0]);
    outage.isOn = true;
    await send('two', [1]);
    await pass(2 * EDIT_WINDOW_MS);
    await send('three', [2]);
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(
      done.filter((line) => /start|deleted/.test(line)),
      ['deleted 0', 'start 2'],
    );
    assert.deepEqual([...running], [[2, { text: 'three' }]]);
  });

  test('if an update without content arrives while an edit waits, the clips get the edit, and then they fetch their message', async (t) => {
    const { outage, send, update, pass, running, done } = stageOutage(t);
    outage.isOn = true;
    await send('one', [1]);
    await send('two', [2]);
    update(stripped(), null);
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(done, ['deleted 0', 'start 2', 'refresh 2']);
    assert.deepEqual([...running], [[2, { text: 'two' }]]);
  });

  test('if an edit arrives while an update without content waits, only the edit is passed on', async (t) => {
    const { outage, send, update, pass, running, done } = stageOutage(t);
    outage.isOn = true;
    await send('one', [1]);
    update(stripped(), null);
    await send('two', [2]);
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(done, ['deleted 0', 'start 2']);
    assert.deepEqual([...running], [[2, { text: 'two' }]]);
  });

  test('if a message is deleted while its edits wait, the edits start no clip and all clips end', async (t) => {
    const { outage, send, remove, pass, running, done } = stageOutage(t);
    outage.isOn = true;
    await send('one', [0, 1]);
    await send('two', [0, 2]);
    remove();
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(done, ['deleted 0']);
    assert.equal(running.size, 0);
  });

  test('if a failed attempt has started a clip that a later edit removes again, the clip ends at once', async (t) => {
    const { failAfter, outage, send, pass, running, done } = stageOutage(t);
    await send('one', [0]);
    failAfter('start 1');
    await send('two', [0, 1]);
    await send('three', [0]);
    outage.isOn = false;
    await pass(SECOND_MS);
    assert.deepEqual(done, ['edit 0', 'start 1', 'deleted 1']);
    assert.deepEqual([...running.keys()], [0]);
  });

  test('if ingest started a clip without a text and then failed, a second update without a text makes the clip fetch the text', async (t) => {
    const { failAfter, outage, send, update, pass, running } = stageOutage(t);
    await send('one', [0]);
    failAfter('start 1');
    update(without(edited('', [0, 1]), 'content'), [0, 1]);
    await pass(0);
    update(without(edited('', [0, 1, 2]), 'content'), [0, 1, 2]);
    outage.isOn = false;
    await pass(2 * EDIT_WINDOW_MS);
    assert.deepEqual(
      [...running.values()].map(({ text }) => text),
      ['one', 'one', 'one'],
    );
  });
});

const CASES = 200;
const STEPS = 25;

test('after any series of edits and outages, exactly the clips of the last version of the message run, with its text', async (t) => {
  const firstSeed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000_000);
  t.diagnostic(
    `seeds ${firstSeed} to ${firstSeed + CASES - 1}; FUZZ_SEED=${firstSeed} repeats them`,
  );
  for (let seed = firstSeed; seed < firstSeed + CASES; seed++) {
    await playRandomEdits(t, seed);
    t.mock.timers.reset();
  }
});

/**
 * Plays a random series of edits, pauses and outages. Added attachments always get new numbers, because Discord never
 * shows a removed attachment again.
 */
async function playRandomEdits(t: TestContext, seed: number): Promise<void> {
  const random = randomOf(seed);
  const chance = (probability: number): boolean => random() < probability;
  let isAway = false;
  let next = 2;
  const { update, pass, running, done, shown } = stage(t, async () => {
    // Some calls take so long that other events arrive in the meantime.
    while (chance(0.3)) await new Promise(setImmediate);
    if (isAway || chance(0.05)) throw new Error('Temporal is away');
  });
  running.set(0, { text: 'first' });
  running.set(1, { text: 'first' });
  update(edited('first', [0, 1]), [0, 1]);
  let lastUpdateAt = 0;
  for (let step = 0; step < STEPS; step++) {
    const action = random();
    if (action < 0.15) isAway = !isAway;
    else if (action < 0.3) await pass(random() * 2 * EDIT_WINDOW_MS);
    else if (action < 0.4) await pass(random() * SECOND_MS);
    else if (action < 0.5) update(stripped(), null);
    else {
      const kept = shown().numbers.filter(() => chance(0.6));
      const added = Array.from({ length: Math.floor(random() * 3) }, () => next++);
      const numbers = [...kept, ...added];
      const message = edited(`text ${step}`, numbers);
      // If the message has no attachments, the update must contain a text. Without a text, the update would not prove
      // that the attachments are gone.
      const hasNoText = numbers.length > 0 && chance(0.3);
      lastUpdateAt = done.length;
      update(hasNoText ? without(message, 'content') : message, numbers);
    }
    if (chance(0.3)) await new Promise(setImmediate);
  }
  isAway = false;
  for (let n = 0; n < 20; n++) await pass(EDIT_WINDOW_MS);
  const { numbers, text } = shown();
  const why = `FUZZ_SEED=${seed}: ${done.join(', ')}; shown: ${numbers.join(' ')}`;
  assert.deepEqual(
    [...running.entries()].sort(([a], [b]) => a - b),
    numbers.map((n) => [n, { text }]),
    why,
  );
  const wronglyEnded = numbers.filter((n) => done.slice(lastUpdateAt).includes(`deleted ${n}`));
  assert.deepEqual(wronglyEnded, [], why);
}

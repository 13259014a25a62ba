import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { attachmentsOf } from '../../src/clip/message/files.ts';
import { leaseOf } from '../../src/clip/lease.ts';
import { noMetrics } from '../../src/metrics.ts';
import { failureOf, HISTORY, jsonError, MESSAGE, stage, typeOf } from './stage.ts';

/** Stages a client that records where content was missing. */
async function stageMissing(t: TestContext) {
  const missing: string[] = [];
  const metrics = { ...noMetrics, contentMissing: (source: string) => void missing.push(source) };
  return { ...(await stage(t, { client: { metrics } })), missing };
}

describe('fetchMessage', () => {
  test('fetchMessage returns a message as Discord sends it, with freshly signed links', async (t) => {
    const { discord, channel, post } = await stage(t);
    const { id } = post();
    const message = await discord.fetchMessage(channel.id, id);
    assert.equal(message.id, id);
    const [attachment] = attachmentsOf(message);
    assert.equal(attachment?.filename, 'COMET.mp4');
    assert.ok(leaseOf(attachment.url));
  });

  test('fetching a deleted message fails with MessageGone, even if the server sends an error code that Discord does not use', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.deleteMessage({ channelId: channel.id, messageId: id });
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'MessageGone');
    assert.match(
      failure.message,
      new RegExp(`GET /channels/${channel.id}/messages/${id}, 404, code 10008`),
    );
    emulator.quirks.errorCodeIsStatus = true;
    assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'MessageGone');
  });

  test('if a proxy answers with an error page, fetching a message fails with ServiceFailed, not with MessageGone or AccessLost', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    const fetch = () => {
      // A 401 or 403 holds back the channel's requests for a minute.
      t.mock.timers.tick(60_000);
      return discord.fetchMessage(channel.id, id);
    };
    for (const status of [401, 403, 404, 410]) {
      emulator.faults.add({ route: MESSAGE, times: 1, status });
      assert.equal(await typeOf(fetch()), 'ServiceFailed', `${status} with a page`);
    }
    const bodies: (object | string)[] = ['<h1>Sign in</h1>', {}, { error: 'x' }, [], { id: '1' }];
    for (const body of bodies) {
      emulator.faults.add({ route: MESSAGE, times: 1, status: 200, body });
      assert.equal(await typeOf(fetch()), 'ServiceFailed', `200 with ${JSON.stringify(body)}`);
    }
    for (const body of ['not found', { error: 'no route' }]) {
      emulator.faults.add({ route: MESSAGE, times: 1, status: 404, body });
      assert.equal(await typeOf(fetch()), 'ServiceFailed', `404 with ${JSON.stringify(body)}`);
    }
    emulator.faults.add({ route: MESSAGE, times: 1, ...jsonError(404, 0) });
    assert.equal(await typeOf(fetch()), 'ServiceFailed', "404 with a router's code 0");
    assert.equal((await fetch()).id, id, 'the next request succeeds');
  });

  test('if the Message Content intent is off, fetching a message fails and says to turn the intent on', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const { id } = post();
    emulator.setMessageContentIntent(false);
    const failure = await failureOf(discord.fetchMessage(channel.id, id));
    assert.equal(failure.type, 'ServiceFailed');
    assert.match(failure.message, /no Message Content intent: turn it on/);
    emulator.setMessageContentIntent(true);
    assert.equal(attachmentsOf(await discord.fetchMessage(channel.id, id)).length, 1);
  });

  test('if a message is empty, fetching it fails with ServiceFailed instead of MessageGone, even with the intent on', async (t) => {
    const { emulator, discord, channel, post, missing } = await stageMissing(t);
    const { id } = post();
    emulator.quirks.contentStripped = true;
    for (let n = 0; n < 2; n++) {
      const failure = await failureOf(discord.fetchMessage(channel.id, id));
      assert.equal(failure.type, 'ServiceFailed');
      assert.match(failure.message, /sent a message without its text and attachments; retrying/);
    }
    assert.deepEqual(missing, ['message', 'message']);
    emulator.quirks.contentStripped = false;
    assert.equal((await discord.fetchMessage(channel.id, id)).attachments.length, 1);
    assert.equal(emulator.stats.requests('GET /applications/@me'), 1, 'the flag is asked once');
  });

  test('if the original of a forward is empty, fetching the forward fails with ServiceFailed', async (t) => {
    const { emulator, discord, channel, user, post } = await stage(t);
    const original = post();
    const { id } = emulator.postMessage({
      channelId: channel.id,
      authorId: user.id,
      forwardOf: { channelId: channel.id, messageId: original.id },
    });
    emulator.quirks.contentStripped = true;
    assert.equal(await typeOf(discord.fetchMessage(channel.id, id)), 'ServiceFailed');
    emulator.quirks.contentStripped = false;
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
  });

  test('fetching a message checks the Message Content intent only if the message is empty', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    await discord.fetchMessage(channel.id, post(null, 'just text').id);
    await discord.fetchMessage(channel.id, post('x.mp4').id);
    assert.equal(emulator.stats.requests('GET /applications/@me'), 0);
  });
});

describe('fetchHistory', () => {
  test('fetchHistory returns the newest messages, or the messages just before or just after a given id', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const ids = Array.from({ length: 7 }, (_, n) => post(`${n}.mp4`).id);
    const page = async (cursor: { before?: string; after?: string }, limit = 3) =>
      (await discord.fetchHistory(channel.id, { limit, ...cursor })).map(({ id }) => id).sort();
    assert.deepEqual(await page({}), ids.slice(4));
    assert.deepEqual(await page({ before: ids[4] ?? '' }), ids.slice(1, 4));
    assert.deepEqual(await page({ after: ids[1] ?? '' }), ids.slice(2, 5));
    emulator.quirks.afterOldestFirst = true;
    assert.deepEqual(await page({ after: ids[1] ?? '' }), ids.slice(2, 5));
    assert.deepEqual(await page({}, 100), ids);
    assert.deepEqual(await page({ before: ids[0] ?? '' }), []);
  });

  test('if the Message Content intent is off, fetching the history fails instead of returning messages without clips', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    post();
    post(null, 'just text');
    emulator.setMessageContentIntent(false);
    const failure = await failureOf(discord.fetchHistory(channel.id, { limit: 100 }));
    assert.equal(failure.type, 'ServiceFailed');
    assert.match(failure.message, /no Message Content intent/);
    emulator.setMessageContentIntent(true);
    assert.equal((await discord.fetchHistory(channel.id, { limit: 100 })).length, 2);
  });

  test('if every message on a page is empty, the fetch fails and checks the intent flag once a minute', async (t) => {
    const { emulator, discord, channel, post, missing } = await stageMissing(t);
    for (let n = 0; n < 5; n++) post(n === 4 ? 'x.mp4' : null, 'look');
    emulator.quirks.contentStripped = true;
    const fetch = () => discord.fetchHistory(channel.id, { limit: 100 });
    for (let n = 0; n < 3; n++) {
      const failure = await failureOf(fetch());
      assert.equal(failure.type, 'ServiceFailed');
      assert.match(
        failure.message,
        /without its text and attachments; retrying until it sends them/,
      );
    }
    assert.deepEqual(missing, ['history', 'history', 'history']);
    assert.equal(emulator.stats.requests('GET /applications/@me'), 1);
    emulator.quirks.contentStripped = false;
    assert.equal((await fetch()).length, 5);
  });

  test('if only messages from or to the bot show content, the page still counts as missing its content', async (t) => {
    const { emulator, discord, channel, user, post } = await stage(t);
    post();
    const own = { channelId: channel.id, content: 'look' };
    emulator.postMessage({ ...own, authorId: emulator.botId });
    emulator.postMessage({ ...own, authorId: user.id, mentions: [emulator.botId] });
    emulator.quirks.contentStripped = true;
    const page = () => discord.fetchHistory(channel.id, { limit: 100 });
    assert.equal(await typeOf(page()), 'ServiceFailed');
    const { id: after } = emulator.messages(channel.id)[0]!;
    assert.equal((await discord.fetchHistory(channel.id, { after, limit: 100 })).length, 2);
  });

  test('if one message on a page is empty but another shows content, the page is read', async (t) => {
    const { discord, channel, post } = await stage(t);
    post(null);
    post(null, 'just text');
    assert.equal((await discord.fetchHistory(channel.id, { limit: 100 })).length, 2);
  });

  test('if a compatible server never sets the intent flag, its messages are read as long as they show content', async (t) => {
    const { emulator, discord, channel, post } = await stage(t, { quirks: { noIntentFlag: true } });
    const { id } = post();
    post(null);
    assert.equal((await discord.fetchHistory(channel.id, { limit: 100 })).length, 2);
    assert.equal((await discord.fetchMessage(channel.id, id)).id, id);
    emulator.quirks.contentStripped = true;
    const failure = await failureOf(discord.fetchHistory(channel.id, { limit: 100 }));
    assert.match(failure.message, /no Message Content intent/);
  });

  test('if a page contains entries that are not messages, the other messages are read; with no others, the fetch fails', async (t) => {
    const { emulator, discord, channel, post } = await stage(t);
    const message = post();
    const odd = [null, 'x', {}, { id: 7 }, { id: 'abc' }];
    emulator.faults.add({ route: HISTORY, times: 1, status: 200, body: [...odd, message] });
    let dropped = 0;
    const onDropped = (entries: number) => void (dropped += entries);
    const page = await discord.fetchHistory(channel.id, { limit: 100, onDropped });
    assert.deepEqual(
      page.map(({ id }) => id),
      [message.id],
    );
    assert.equal(dropped, odd.length);
    emulator.faults.add({ route: HISTORY, times: 1, status: 200, body: odd });
    assert.equal(
      await typeOf(discord.fetchHistory(channel.id, { limit: 100 })),
      'ServiceFailed',
      'an empty page would be the end of the history',
    );
  });

  test('if a proxy answers instead of Discord, fetching the history fails with ServiceFailed', async (t) => {
    const { emulator, discord, channel } = await stage(t);
    for (const body of ['<h1>Sign in</h1>', { messages: [] }]) {
      emulator.faults.add({ route: HISTORY, times: 1, status: 200, body });
      assert.equal(await typeOf(discord.fetchHistory(channel.id, { limit: 1 })), 'ServiceFailed');
    }
    emulator.faults.add({ route: HISTORY, times: 1, status: 404 });
    assert.equal(await typeOf(discord.fetchHistory(channel.id, { limit: 1 })), 'ServiceFailed');
  });
});

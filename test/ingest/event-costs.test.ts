import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { APIMessage } from 'discord-api-types/v10';
import { clipWorkflowId } from '../../src/clip/names.ts';
import { serviceFailed } from '../../src/errors.ts';
import { createClipWorkflows } from '../../src/ingest/clip-workflows.ts';
import { createEventQueue } from '../../src/ingest/event-queue.ts';
import { createOnMessage } from '../../src/ingest/on-message.ts';
import { createWatchedChannels } from '../../src/ingest/watched-channels.ts';
import { createLogger } from '../../src/log.ts';
import { noMetrics } from '../../src/metrics.ts';
import { aMessage, anAttachment, RULES } from '../clip/a-message.ts';
import {
  CHANNEL,
  createFakeDiscordClient,
  DENIED,
  OTHER_CHANNEL,
  type FakeChannel,
} from './fake-discord-client.ts';
import { createFakeTemporal } from './fake-temporal-client.ts';
import { createGate } from '../support/gate.ts';

const ATTACHMENT = anAttachment().id;
const EDITED = '2024-03-01T10:15:00+00:00';
const denyAll = (): Promise<never> => Promise.reject(DENIED);

/**
 * Stages ingest without a gateway. One channel is watched, and another channel is cached but not watched. `fetch`
 * answers when any other channel is looked up.
 */
function stage({ fetch = denyAll }: { fetch?: (id: string) => Promise<FakeChannel> } = {}) {
  const log = createLogger('silent', 'test');
  const discord = createFakeDiscordClient({
    cached: [
      { id: CHANNEL, name: 'overtime', parentId: null },
      { id: OTHER_CHANNEL, name: 'other', parentId: null },
    ],
    fetch,
  });
  const temporal = createFakeTemporal();
  const onMessage = createOnMessage({
    channels: createWatchedChannels(discord.client, discord.get, {
      channelIds: [CHANNEL],
      guildIds: [],
    }),
    clips: createClipWorkflows(temporal.client, 'everclip', log, noMetrics),
    clipRules: RULES,
    onStripped: () => undefined,
    onDeleted: () => undefined,
  });
  const queue = createEventQueue(log);
  const send = (t: string, d: unknown): void => {
    for (const work of onMessage({ t, d })) queue.add(work);
  };
  return { discord: discord.calls, temporal, send, queue };
}

/** Message ids as Discord creates them, in ascending order. */
const idsOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => String(1213063181631510000n + BigInt(index)));

const clipOf = (messageId: string): string =>
  clipWorkflowId({ messageId, attachmentId: ATTACHMENT });

/** A channel that discord.js has not cached. */
const UNCACHED = '1283675776780079990';

describe('the cost of a message', () => {
  const texts: [string, Partial<APIMessage>][] = [
    ['without attachments', { attachments: [] }],
    [
      'with a picture',
      { attachments: [anAttachment({ filename: 'a.png', content_type: 'image/png' })] },
    ],
    [
      'that forwards a message without attachments',
      { attachments: [], message_snapshots: [{ message: aMessage({ attachments: [] }) }] },
    ],
  ];
  for (const [name, parts] of texts) {
    test(`a new message ${name} causes no request to Discord or Temporal`, async () => {
      const { discord, temporal, send, queue } = stage();
      for (const channel_id of [CHANNEL, OTHER_CHANNEL, UNCACHED]) {
        send('MESSAGE_CREATE', aMessage({ channel_id, content: `<#${CHANNEL}> <@&5>`, ...parts }));
      }
      await queue.idle();
      assert.deepEqual(discord, { fetches: [], nameLookUps: 0 });
      assert.deepEqual(temporal.calls, []);
    });
  }

  test('an edit of a message without attachments causes one Temporal list query and no request to Discord', async () => {
    const { discord, temporal, send, queue } = stage();
    const edit = { edited_timestamp: EDITED, content: `<#${CHANNEL}>`, attachments: [] };
    send('MESSAGE_UPDATE', aMessage({ channel_id: CHANNEL, ...edit }));
    await queue.idle();
    assert.deepEqual(discord, { fetches: [], nameLookUps: 0 });
    assert.deepEqual(temporal.calls, ['list']);
  });

  test('an edit that removes all attachments of a message ends the clips of that message', async () => {
    const { temporal, send, queue } = stage();
    const message = aMessage({ channel_id: CHANNEL });
    send('MESSAGE_CREATE', message);
    send('MESSAGE_UPDATE', { ...message, edited_timestamp: EDITED, attachments: [] });
    await queue.idle();
    assert.equal(temporal.calls.at(-1), `gone ${clipOf(message.id)}`);
  });

  test('channel and role names are looked up only if the text of a new message mentions a channel or role', async () => {
    const { discord, send, queue } = stage();
    send('MESSAGE_CREATE', aMessage({ channel_id: CHANNEL, content: 'look <@1> <:smile:2>' }));
    await queue.idle();
    assert.equal(discord.nameLookUps, 0);
    send(
      'MESSAGE_CREATE',
      aMessage({ channel_id: CHANNEL, content: `in <#${CHANNEL}> for <@&5>` }),
    );
    await queue.idle();
    assert.equal(discord.nameLookUps, 2);
  });
});

describe('the cost of events in unwatched channels', () => {
  const edit = (id: string, channel_id: string): APIMessage =>
    aMessage({ id, channel_id, edited_timestamp: EDITED });

  test('if discord.js has cached an unwatched channel, 1,000 deletions in that channel cause no request', async () => {
    const { discord, temporal, send, queue } = stage();
    for (const id of idsOf(900)) send('MESSAGE_DELETE', { id, channel_id: OTHER_CHANNEL });
    send('MESSAGE_DELETE_BULK', { ids: idsOf(100), channel_id: OTHER_CHANNEL });
    await queue.idle();
    assert.deepEqual(discord.fetches, []);
    assert.deepEqual(temporal.calls, []);
  });

  test('1,000 deletions in three inaccessible channels cause only one request per channel', async () => {
    const unknown = idsOf(3);
    const { discord, temporal, send, queue } = stage();
    for (const [index, id] of idsOf(1000).entries()) {
      send('MESSAGE_DELETE', { id, channel_id: unknown[index % 3] });
      if (index === 500) await queue.idle();
    }
    await queue.idle();
    assert.deepEqual(discord.fetches, unknown);
    assert.deepEqual(temporal.calls, []);
  });

  test('if discord.js has not cached an unwatched thread, 1,000 deletions in that thread cause only one request', async () => {
    const fetch = async (id: string) => ({ id, name: 'best of', parentId: OTHER_CHANNEL });
    const { discord, temporal, send, queue } = stage({ fetch });
    for (const id of idsOf(1000)) send('MESSAGE_DELETE', { id, channel_id: UNCACHED });
    await queue.idle();
    assert.deepEqual(discord.fetches, [UNCACHED]);
    assert.deepEqual(temporal.calls, []);
  });

  test('1,000 edits in two unwatched channels cause only one request, about the channel that is not cached', async () => {
    const { discord, temporal, send, queue } = stage();
    for (const [index, id] of idsOf(1000).entries()) {
      send('MESSAGE_UPDATE', edit(id, index % 2 ? UNCACHED : OTHER_CHANNEL));
    }
    await queue.idle();
    assert.deepEqual(discord.fetches, [UNCACHED]);
    assert.deepEqual(temporal.calls, []);
  });

  test('if the first request about a channel fails, a deletion in that channel still ends the clip', async () => {
    let faults = 1;
    const fetch = async (id: string) => {
      if (faults-- > 0) throw serviceFailed('Discord is unreachable');
      return { id, name: 'best of', parentId: CHANNEL };
    };
    const { discord, temporal, send, queue } = stage({ fetch });
    const [id = ''] = idsOf(1);
    temporal.running.add(clipOf(id));
    send('MESSAGE_DELETE', { id, channel_id: UNCACHED });
    await queue.idle();
    assert.deepEqual(discord.fetches, [UNCACHED, UNCACHED]);
    assert.deepEqual(temporal.calls, ['list', `gone ${clipOf(id)}`]);
  });
});

describe('the cost of a bulk deletion', () => {
  test('a bulk deletion of 100 messages causes only one list query', async () => {
    const { temporal, send, queue } = stage();
    const ids = idsOf(100);
    const deleted = ids.filter((_, index) => index % 10 === 0).map(clipOf);
    for (const workflowId of [...deleted, clipOf(`${ids[0]}0`)]) temporal.running.add(workflowId);
    send('MESSAGE_DELETE_BULK', { ids, channel_id: CHANNEL });
    await queue.idle();
    assert.deepEqual(temporal.calls, ['list', ...deleted.map((id) => `gone ${id}`)]);
    assert.ok(ids.every((id) => temporal.queries[0]?.includes(`'clip-${id}-'`)));
  });

  test('if the list query for a bulk deletion of 100 messages fails, the query is repeated once, not 100 times', async () => {
    const { temporal, send, queue } = stage();
    const ids = idsOf(100);
    temporal.running.add(clipOf(ids[99] ?? ''));
    temporal.listErrors.push(new Error('Temporal is away'));
    send('MESSAGE_DELETE_BULK', { ids, channel_id: CHANNEL });
    await queue.idle();
    assert.deepEqual(temporal.calls, ['list', 'list', `gone ${clipOf(ids[99] ?? '')}`]);
  });

  test('if a bulk deletion includes a message that was just posted, the clip is started first and then ended', async () => {
    const { temporal, send, queue } = stage();
    const [created = '', other = ''] = idsOf(2);
    temporal.running.add(clipOf(other));
    send('MESSAGE_CREATE', aMessage({ id: created, channel_id: CHANNEL }));
    send('MESSAGE_DELETE_BULK', { ids: [created, other], channel_id: CHANNEL });
    await queue.idle();
    assert.deepEqual(
      temporal.calls.filter((call) => call.endsWith(clipOf(created))),
      [`start ${clipOf(created)}`, `gone ${clipOf(created)}`],
    );
    assert.equal(temporal.calls.filter((call) => call === 'list').length, 1);
  });

  // All messages of a bulk deletion share one list query, which may run before a message's workflow is started.
  test('if a clip starts after the list query of a bulk deletion, the bulk deletion still ends the clip', async () => {
    const { temporal, send, queue } = stage();
    const [created = '', other = ''] = idsOf(2);
    const { open: openGate, opened: gate } = createGate();
    const start = temporal.client.workflow.start.bind(temporal.client.workflow);
    temporal.client.workflow.start = async (...args: unknown[]) => {
      await gate;
      return await (start as (...args: unknown[]) => Promise<never>)(...args);
    };
    send('MESSAGE_CREATE', aMessage({ id: created, channel_id: CHANNEL }));
    send('MESSAGE_DELETE_BULK', { ids: [created, other], channel_id: CHANNEL });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(temporal.calls, ['list']);
    openGate();
    await queue.idle();
    assert.deepEqual(temporal.calls, [
      'list',
      `start ${clipOf(created)}`,
      `gone ${clipOf(created)}`,
    ]);
  });
});

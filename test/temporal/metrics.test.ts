import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { freePort } from '../support/free-port.ts';

test('the counter of dead links starts at 0 and counts only refreshes of links that had already expired', async (t) => {
  const address = `127.0.0.1:${await freePort()}`;
  const metrics = installRuntime(pino({ level: 'silent' }), address);
  t.after(() => Runtime.instance().shutdown());
  const read = async (name: string): Promise<string | undefined> => {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    return new RegExp(`^${name}(?:\\{.*\\})? (.+)$`, 'm').exec(text)?.[1];
  };
  assert.equal(await read('everclip_links_died_total'), '0');
  metrics.linkRefreshed(3600);
  assert.equal(await read('everclip_links_died_total'), '0');
  metrics.linkRefreshed(-20);
  assert.equal(await read('everclip_links_died_total'), '1');
  assert.equal(await read('everclip_refresh_seconds_left_count'), '2');
});

test('if thousands of threads are swept and hundreds of channels backfilled, the number of series stays small', async (t) => {
  const address = `127.0.0.1:${await freePort()}`;
  const metrics = installRuntime(pino({ level: 'silent' }), address);
  t.after(() => Runtime.instance().shutdown());
  const page = { messages: 3, started: 1, known: 0 };
  for (let thread = 0; thread < 5000; thread++) {
    metrics.historyPage({ ...page, channelId: `1${thread}`, source: 'sweep' });
  }
  for (let channel = 0; channel < 500; channel++) {
    metrics.historyPage({ ...page, channelId: `2${channel}`, source: 'backfill' });
  }
  metrics.historyPage({ ...page, channelId: '27', source: 'backfill', messages: 0, started: 0 });
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const series = text.split('\n').filter((line) => line.startsWith('everclip_history_'));
  assert.equal(series.length, 3 * (1 + 200 + 1), 'all sweeps, 200 channels, and the rest');
  const find = (name: string, ...labels: string[]) =>
    series
      .filter((line) => line.startsWith(name) && labels.every((label) => line.includes(label)))
      .map((line) => Number(line.split(' ').at(-1)));
  assert.deepEqual(find('everclip_history_messages_total', 'source="sweep"'), [15_000]);
  assert.deepEqual(find('everclip_history_messages_total', 'channel="27"'), [3]);
  assert.deepEqual(find('everclip_history_messages_total', 'channel="other"'), [900]);
  assert.deepEqual(find('everclip_history_clips_total', 'source="sweep"', 'started'), [5000]);
});

test('the counters of clips and histories start at 0, also for an outcome that a channel has not had yet', async (t) => {
  const address = `127.0.0.1:${await freePort()}`;
  const metrics = installRuntime(pino({ level: 'silent' }), address);
  t.after(() => Runtime.instance().shutdown());
  const read = async (name: string): Promise<string[]> => {
    const text = await (await fetch(`http://${address}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`everclip_${name}`));
    return lines.map((line) => line.slice(line.indexOf('{'))).sort();
  };
  assert.deepEqual(await read('clips_started_total'), [
    '{source="backfill"} 0',
    '{source="live"} 0',
    '{source="sweep"} 0',
  ]);
  const sums = ['{channel="",source="sweep"} 0', '{channel="other",source="backfill"} 0'];
  assert.deepEqual(await read('history_messages_total'), sums);
  metrics.historyPage({ channelId: '27', source: 'backfill', messages: 3, started: 1, known: 0 });
  assert.deepEqual(await read('history_clips_total'), [
    '{channel="",outcome="known",source="sweep"} 0',
    '{channel="",outcome="started",source="sweep"} 0',
    '{channel="27",outcome="known",source="backfill"} 0',
    '{channel="27",outcome="started",source="backfill"} 1',
    '{channel="other",outcome="known",source="backfill"} 0',
    '{channel="other",outcome="started",source="backfill"} 0',
  ]);
});

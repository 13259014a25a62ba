import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { watchClips } from '../../src/ingest/watch-clips.ts';
import { openClient } from '../../src/temporal/connect.ts';
import { startTemporal } from '../support/temporal.ts';
import { pause, until } from '../support/wait.ts';

describe('watchClips', () => {
  test('while Temporal is down, the reported time of the last clip count does not change', async () => {
    const temporal = await startTemporal();
    // The server's own client would retry on its closed connection, and throw in a timer.
    const client = await openClient(parseConfig({ TEMPORAL_ADDRESS: temporal.address }));
    const counts: object[] = [];
    const counted: number[] = [];
    const lines: string[] = [];
    const metrics = {
      clips: (count: object) => void counts.push(count),
      clipsCounted: (atMs: number) => void counted.push(atMs),
    };
    const log = pino({}, { write: (line) => void lines.push(line) });
    const startedMs = Date.now();
    const unwatch = watchClips(client, metrics, log, 100);
    try {
      assert.ok(
        (counted[0] ?? 0) >= startedMs,
        'before the first count, the time is the start of the process',
      );
      await until('two counts', () => counts.length >= 2);
      assert.deepEqual(counts[0], {
        archiving: 0,
        live: 0,
        unreachable: 0,
      });
      assert.ok((counted.at(-1) ?? 0) > (counted[0] ?? 0));
      await temporal.teardown();
      await until('a log line about the outage', () => lines.length > 0);
      const before = counted.length;
      await pause(1000);
      assert.equal(counted.length, before, 'a failed count does not update the time');
      assert.equal(lines.length, 1, 'an outage is logged only once');
      assert.match(lines[0] ?? '', /Temporal could not count the clips/);
    } finally {
      unwatch();
      await client.connection.close();
    }
  });
});

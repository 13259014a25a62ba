import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Client, Events, GatewayIntentBits } from 'discord.js';
import { watchHeartbeats } from '../../src/ingest/watch-heartbeats.ts';
import { stage } from '../emulator/support.ts';
import { pause, until } from '../support/wait.ts';

test('the reported time of the last gateway heartbeat is updated even if no messages arrive', async (t) => {
  const { emulator } = await stage(t, { heartbeatIntervalMs: 100 });
  const discord = new Client({
    intents: [GatewayIntentBits.Guilds],
    rest: { api: emulator.apiUrl },
  });
  t.after(() => discord.destroy());
  const ready = once(discord, Events.ClientReady);
  await discord.login(emulator.token);
  await ready;
  const acknowledged: number[] = [];
  const startedMs = Date.now();
  const stopWatching = watchHeartbeats(
    discord,
    { gatewayHeartbeat: (atMs) => void acknowledged.push(atMs) },
    20,
  );
  assert.ok(
    (acknowledged[0] ?? 0) >= startedMs,
    'before the first heartbeat, the time is the start of the process',
  );
  await until('an acknowledged heartbeat', () => (acknowledged.at(-1) ?? 0) > startedMs + 300);
  stopWatching();
  const { length } = acknowledged;
  await pause(200);
  assert.equal(acknowledged.length, length);
});

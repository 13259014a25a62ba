import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../src/config.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';

test('if TOKEN is not set, worker and ingest use the token that the demo Discord accepts', async (t) => {
  const demo = await startEmulator();
  t.after(() => demo.stop());
  const { token } = parseConfig({ DEMO_DISCORD_URL: 'http://demo:8234' });
  assert.equal(token, demo.token);
});

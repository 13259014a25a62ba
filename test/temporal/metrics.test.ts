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

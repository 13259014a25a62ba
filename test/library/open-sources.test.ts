import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { parseConfig } from '../../src/config.ts';
import { openSources } from '../../src/library/open-sources.ts';
import type { Logger } from '../../src/log.ts';
import { createFakeCatalog } from '../support/fakes/library-catalog.ts';
import { until } from '../support/wait.ts';

test('if a certificate for Temporal is missing, the library says so and keeps running', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-'));
  const missing = join(folder, 'missing.pem');
  const config = parseConfig({
    DATA_DIR: folder,
    TEMPORAL_TLS_CLIENT_CERT_PATH: missing,
    TEMPORAL_TLS_CLIENT_KEY_PATH: missing,
  });
  const logged: string[] = [];
  const log = { warn: (line: string) => void logged.push(line) } as unknown as Logger;
  const catalog = { ...createFakeCatalog(), close: async () => undefined } as unknown as Catalog;
  const sources = openSources(config, catalog, log);
  try {
    await until('the line', () => logged.length > 0, 5000);
    assert.match(logged[0] ?? '', /ENOENT.*missing\.pem.*; the library serves without fresh links/);
  } finally {
    await sources.close();
    await rm(folder, { recursive: true });
  }
});

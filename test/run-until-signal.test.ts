import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startProgram } from './support/program.ts';

/** What a program that can't start prints, line by line. */
async function lastWords(file: string): Promise<string[]> {
  const program = startProgram(file, { REFRESH_MARGIN: 'soon' });
  assert.equal(await program.exit(), 1);
  return program.output().trimEnd().split('\n');
}

describe('a program that can not start', () => {
  const services = {
    worker: 'src/workers/main.ts',
    ingest: 'src/ingest/main.ts',
    demo: 'src/local/demo.ts',
  };
  for (const [service, file] of Object.entries(services)) {
    test(`says why in the log where it is the ${service}`, async () => {
      const lines = await lastWords(file);
      assert.equal(lines.length, 1);
      const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
      assert.equal(line.service, service);
      assert.equal(line.level, 60);
      assert.match(String(line.msg), /^REFRESH_MARGIN=soon: write a time such as 6h/);
    });
  }

  test('says why in a plain sentence where a person has started it', async () => {
    const [line, ...others] = await lastWords('test/support/run-local.ts');
    assert.match(line ?? '', /^REFRESH_MARGIN=soon: write a time such as 6h/);
    assert.deepEqual(others, []);
  });
});

import { exec } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePorts } from '../../../scripts/support/find-free-ports.mjs';
import { say, ScriptError } from '../../../scripts/support/report.mjs';
import { BACKFILL_COMMAND, startDemo } from '../../../scripts/test/start-demo.mjs';
import type { ClipRecord } from '../../../src/clip/record.ts';
import { pause } from '../wait.ts';

const run = promisify(exec);

/** The demo with its history in the library. */
export interface FilledDemo {
  origin: string;
  /** The records of the history. The demo deletes none of these clips. */
  records: ClipRecord[];
  stop(): Promise<void>;
}

/** The default of DEMO_HISTORY_CLIPS. */
const HISTORY_CLIPS = 36;
/** On a machine that is busy, generating the clips and making their pictures takes minutes. */
const MAX_WAIT_MS = 600_000;
const POLL_MS = 1000;
/** The demo may still be generating clips during the first backfill, so the backfill is repeated. */
const BACKFILL_EVERY_MS = 30_000;

/** Starts the built demo in a folder of its own, backfills its history, and waits until every clip has a picture. */
export async function startFilledDemo(): Promise<FilledDemo> {
  const folder = await mkdtemp(join(tmpdir(), 'everclip-screenshots-'));
  const dataDir = join(folder, 'data');
  const [temporalPort = '', webUiPort = '', libraryPort = ''] = await findFreePorts(3);
  const demo = await startDemo(dataDir, {
    TEMPORAL_PORT: temporalPort,
    WEB_UI_PORT: webUiPort,
    LIBRARY_ADDRESS: `127.0.0.1:${libraryPort}`,
    LIBRARY_NAME: 'Everclip demo',
    // The links must outlive the command.
    DEMO_LEASE: '1d',
  });
  const stop = async () => {
    await demo.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const records = await fillLibrary(demo.output(), join(dataDir, 'bucket', 'messages'));
    return { origin: `http://127.0.0.1:${libraryPort}`, records, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function fillLibrary(output: string, messages: string): Promise<ClipRecord[]> {
  const [, command = ''] = BACKFILL_COMMAND.exec(output) ?? [];
  const [, historyChannelId = ''] = /--workflow-id backfill-(\d+)/.exec(command) ?? [];
  const deadlineMs = Date.now() + MAX_WAIT_MS;
  let backfillAtMs = 0;
  let backfills = 0;
  while (Date.now() < deadlineMs) {
    const records = await readRecords(messages);
    const history = records.filter(({ channelId }) => channelId === historyChannelId);
    const finished = history.filter(({ Thumbnail, Width }) => Thumbnail && Width);
    if (finished.length >= HISTORY_CLIPS) return finished;
    if (Date.now() > backfillAtMs) {
      say(`${finished.length} of ${HISTORY_CLIPS} clips have a picture; running a backfill`);
      backfills += 1;
      await run(command.replace(/(--workflow-id \S+)/, `$1-${backfills}`));
      backfillAtMs = Date.now() + BACKFILL_EVERY_MS;
    }
    await pause(POLL_MS);
  }
  throw new ScriptError('The demo did not archive its history in time: close other programs.');
}

async function readRecords(messages: string): Promise<ClipRecord[]> {
  const names = await readdir(messages, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json'));
  return await Promise.all(
    files.map(
      async (name) => JSON.parse(await readFile(join(messages, name), 'utf8')) as ClipRecord,
    ),
  );
}

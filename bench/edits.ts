import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { APIMessage } from 'discord-api-types/v10';
import { pino } from 'pino';
import { recordKey } from '../src/clip/clip.ts';
import { startEmulator, type Emulator } from '../src/emulator/emulator.ts';
import { installRuntime } from '../src/temporal/runtime.ts';
import { createTemporaryFolder, runBenchmark, say } from './support/benchmark.ts';
import { checkTarget } from './support/check-target.ts';
import { roundTo } from './support/numbers.ts';
import { startDevServer } from './support/server/dev-server.ts';
import { startParts } from './support/start-parts.ts';

const CLIPS = 10;
/** The longest message that a bot or a subscriber may post. */
const CHARACTERS = 4000;
const EDIT_INTERVAL_MS = 1000;
const POLL_MS = 50;
const TIMEOUT_MS = 120_000;
/**
 * The server deletes the tasks in its queues within this time. The benchmark waits for this, so that the bytes of the
 * tasks do not count. The same wait is explained in bench/pipeline/measure-growth.ts.
 */
const SETTLE_MS = 100_000;

/** An edit cost 205 KB before ingest began to hold edits back. The limit is a tenth of this. */
const MAX_BYTES_PER_EDIT = 20_500;
const MAX_LAST_TEXT_SECONDS = 40;

interface Measured {
  /** Bytes of the server's database. */
  bytes: number;
  lastTextAfterSeconds: number;
  /** Writes of a clip's record after the first edit. */
  writesPerClip: number;
}

/**
 * Measures what edits cost. One message with ten clips and 4,000 characters is edited once a second. The gateway,
 * ingest, worker and Temporal server are real. The cost is the difference between this server and an equal server
 * without edits.
 *
 * `npm run bench -- edits [--edits 60] [--json]`
 */
await runBenchmark(async () => {
  const { values } = parseArgs({
    options: { edits: { type: 'string', default: '60' }, json: { type: 'boolean' } },
  });
  const edits = Number(values.edits);
  const folder = createTemporaryFolder();
  installRuntime(pino({ level: 'fatal' }, process.stderr), null);
  say(`${edits} edits, one a second; this takes about three minutes`);
  const [edited, quiet] = await Promise.all([measure(folder, edits), measure(folder, 0)]);
  const result = {
    edits,
    clips: CLIPS,
    characters: CHARACTERS,
    bytesPerEdit: Math.round((edited.bytes - quiet.bytes) / edits),
    lastTextAfterSeconds: roundTo(1, edited.lastTextAfterSeconds),
    writesPerClip: edited.writesPerClip,
  };
  if (!values.json) console.table([result]);
  console.log(JSON.stringify(result));
  const { bytesPerEdit, lastTextAfterSeconds } = result;
  checkTarget('bytesPerEdit', bytesPerEdit, { max: MAX_BYTES_PER_EDIT });
  checkTarget('lastTextAfterSeconds', lastTextAfterSeconds, { max: MAX_LAST_TEXT_SECONDS });
});

/** Posts the message, edits it `edits` times and measures the server. */
async function measure(folder: string, edits: number): Promise<Measured> {
  const server = await startDevServer(folder, process.env.WORKFLOW_BUNDLE ?? '');
  const bucketFolder = mkdtempSync(join(folder, 'bucket-'));
  const emulator = await startEmulator();
  const guildId = emulator.addGuild({ name: 'Clip club' }).id;
  const channelId = emulator.addChannel({ guildId, name: 'clips' }).id;
  const authorId = emulator.addUser({ username: '_juno' }).id;
  const parts = await startParts(emulator, server, bucketFolder);
  const message = await postArchivedMessage(emulator, { channelId, authorId }, bucketFolder);
  const revisionBefore = readRecords(bucketFolder, message)[0]?.Revision ?? 0;
  for (let edit = 1; edit <= edits; edit++) {
    emulator.editMessage({ ...keyOf(message), content: textOf(edit) });
    if (edit < edits) await pause(EDIT_INTERVAL_MS);
  }
  const startMs = performance.now();
  await until('the last text', () => hasText(bucketFolder, message, textOf(edits)));
  const lastTextAfterSeconds = (performance.now() - startMs) / 1000;
  const revision = readRecords(bucketFolder, message)[0]?.Revision ?? 0;
  await pause(SETTLE_MS);
  for (const part of parts) {
    part.stop();
    await part.stopped;
  }
  await emulator.stop();
  const bytes = await server.stopAndMeasure();
  return { bytes, lastTextAfterSeconds, writesPerClip: revision - revisionBefore };
}

/** Posts the message and waits for its records. The files are not videos, so thumbnails take no processor time. */
async function postArchivedMessage(
  emulator: Emulator,
  from: { channelId: string; authorId: string },
  folder: string,
): Promise<APIMessage> {
  const message = emulator.postMessage({
    ...from,
    content: textOf(0),
    files: Array.from({ length: CLIPS }, (_, index) => ({
      filename: `clip-${index}.mp4`,
      bytes: new Uint8Array([1, 2, 3]),
      contentType: 'video/mp4',
    })),
  });
  await until('the records', () =>
    readRecords(folder, message).every(
      (record) => record.Description === textOf(0) && record.Status === 'live',
    ),
  );
  return message;
}

interface RecordFields {
  Description?: string;
  Status?: string;
  Revision?: number;
}

/** Returns the records of the message's clips. A record that is not written yet is an empty object. */
function readRecords(folder: string, message: APIMessage): RecordFields[] {
  return message.attachments.map(({ id: attachmentId }) => {
    const key = recordKey({ ...keyOf(message), attachmentId });
    const path = join(folder, 'bucket', key);
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RecordFields) : {};
  });
}

function hasText(folder: string, message: APIMessage, text: string): boolean {
  return readRecords(folder, message).every(({ Description }) => Description === text);
}

function keyOf({ channel_id: channelId, id: messageId }: APIMessage) {
  return { channelId, messageId };
}

/**
 * Returns a text with the length CHARACTERS. The text differs for each edit and cannot be compressed to a few bytes.
 */
function textOf(edit: number): string {
  const words = Array.from({ length: CHARACTERS }, (_, n) =>
    ((n * 7919 + edit * 104_729) % 99_991).toString(36),
  );
  return `edit ${edit}: ${words.join(' ')}`.slice(0, CHARACTERS);
}

async function until(what: string, isTrue: () => boolean): Promise<void> {
  const startMs = performance.now();
  while (!isTrue()) {
    if (performance.now() - startMs > TIMEOUT_MS) throw new Error(`timed out waiting for ${what}`);
    await pause(POLL_MS);
  }
}
